package io.httpipe.it;

import io.httpipe.test.NginxContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * Builds an image that has only nginx, like the image {@code nginx}. Its nginx comes from Debian, so the tests need no
 * registry. The image is built from the first part of {@code Dockerfile.nginx}, which installs the packages. Docker has
 * the layers of this part in its cache.
 */
public final class StockNginx {
    private static final String NAME = "httpipe-stock-nginx:it";

    private StockNginx() {}

    /** Returns a container that has not started. */
    public static NginxContainer container() {
        return NginxContainer.of(Image.NAME_ONCE_BUILT);
    }

    /** Builds the image once. */
    private static final class Image {
        static final String NAME_ONCE_BUILT = build();

        private static String build() {
            try {
                String all = Files.readString(Path.of("../Dockerfile.nginx"));
                String packages = all.substring(0, all.indexOf("# The private key"));
                return new ImageFromDockerfile(NAME, false)
                        .withFileFromString("Dockerfile", packages + "CMD [\"nginx\", \"-g\", \"daemon off;\"]\n")
                        .withBuildImageCmdModifier(build -> build.withNetworkMode("host"))
                        .get();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

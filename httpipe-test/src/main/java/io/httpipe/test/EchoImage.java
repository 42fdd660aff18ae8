package io.httpipe.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;

/** Builds the image of {@code Dockerfile.nginx}. This jar contains that file and the files that it copies. */
final class EchoImage {
    private EchoImage() {}

    /** Returns the image, which is built when a container first needs it. */
    static ImageFromDockerfile image() {
        Map<String, byte[]> files = files();
        // The image is not deleted, so that the next run starts at once.
        ImageFromDockerfile image = new ImageFromDockerfile("httpipe-nginx:" + version(files), false);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            image = image.withFileFromTransferable(file.getKey(), Transferable.of(file.getValue()));
        }
        // An engine without NAT rules reaches the packages only from the host's network.
        return image.withBuildImageCmdModifier(build -> build.withNetworkMode("host"));
    }

    /** Returns the build context: the content of each file by its path. */
    static Map<String, byte[]> files() {
        Map<String, byte[]> files = new TreeMap<>();
        files.put("Dockerfile", resource("Dockerfile.nginx"));
        for (String name : new String[] {"answers.lua", "nginx.conf", "start"}) {
            files.put("httpipe-it/nginx/" + name, resource(name));
        }
        return files;
    }

    /** Returns a tag that depends on the content, so that two versions of this library do not disturb each other. */
    private static String version(Map<String, byte[]> files) {
        CRC32 sum = new CRC32();
        files.values().forEach(sum::update);
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    private static byte[] resource(String name) {
        try (InputStream in = EchoImage.class.getResourceAsStream("nginx/" + name)) {
            if (in == null) {
                throw new IllegalStateException("this jar is not complete: nginx/" + name + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.httpipe.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The jar has what {@code Dockerfile.nginx} copies. */
class EchoImageTest {
    private static final Path REPOSITORY = Path.of("..");

    @Test
    void hasEachFileOfTheImageAsItIsInTheRepository() throws Exception {
        Map<String, byte[]> files = EchoImage.files();
        assertArrayEquals(Files.readAllBytes(REPOSITORY.resolve("Dockerfile.nginx")), files.get("Dockerfile"));
        assertTrue(new String(files.get("Dockerfile"), UTF_8).contains("COPY httpipe-it/nginx/ ./"));
        Set<String> copied;
        try (Stream<Path> folder = Files.list(REPOSITORY.resolve("httpipe-it/nginx"))) {
            copied =
                    folder.map(file -> "httpipe-it/nginx/" + file.getFileName()).collect(Collectors.toSet());
        }
        for (String name : copied) {
            assertArrayEquals(Files.readAllBytes(REPOSITORY.resolve(name)), files.get(name), name);
        }
        assertEquals(copied.size() + 1, files.size());
    }
}

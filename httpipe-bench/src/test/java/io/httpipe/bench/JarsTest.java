package io.httpipe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.bench.clients.Contender;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class JarsTest {
    private static final List<String> TREE = List.of(
            "io.github.httpipe:httpipe-bench:jar:1",
            "+- com.squareup.okhttp3:okhttp-jvm:jar:5.5.1:compile",
            "|  +- org.jetbrains.kotlin:kotlin-stdlib:jar:2.1.21:compile",
            "|  |  \\- org.jetbrains:annotations:jar:13.0:compile",
            "|  \\- com.squareup.okio:okio-jvm:jar:3.18.1:compile",
            "|     \\- (org.jetbrains.kotlin:kotlin-stdlib:jar:2.1.21:compile - omitted for duplicate)",
            "\\- org.apache.httpcomponents.client5:httpclient5:jar:5.6.5:compile",
            "   \\- (org.jetbrains.kotlin:kotlin-stdlib:jar:2.1.21:compile - omitted for duplicate)");

    private final Jars jars = new Jars(
            TREE, "classes:kotlin-stdlib-2.1.21.jar:okhttp-jvm-5.5.1.jar:httpclient5-5.6.5.jar:annotations-13.0.jar");

    @Test
    void aClientNeedsTheArtifactsBelowItInTheTree() {
        assertEquals(
                List.of("kotlin-stdlib-2.1.21.jar", "okhttp-jvm-5.5.1.jar", "annotations-13.0.jar"),
                names(Contender.OKHTTP));
    }

    @Test
    void aClientNeedsArtifactsListedElsewhereInTheTree() {
        assertEquals(
                List.of("kotlin-stdlib-2.1.21.jar", "httpclient5-5.6.5.jar", "annotations-13.0.jar"),
                names(Contender.APACHE));
    }

    @Test
    void theJdkClientNeedsNoJars() {
        assertEquals(List.of(), jars.of(Contender.JDK));
    }

    private List<String> names(Contender contender) {
        return jars.of(contender).stream().map(Path::toString).toList();
    }
}

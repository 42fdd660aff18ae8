package io.httpipe.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The inputs that fuzzing begins with, and those that once found something: a line each, in {@code <target>.seeds}. */
final class Seeds {
    private Seeds() {}

    static List<byte[]> of(FuzzTarget target) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String line : text(target.id() + ".seeds").lines().toList()) {
            if (!line.isBlank() && !line.startsWith("# ")) {
                seeds.add(Octets.unescape(line));
            }
        }
        return seeds;
    }

    /** The words that mutation puts in, in libFuzzer's format. */
    static String dictionary() throws IOException {
        return text("http.dict");
    }

    private static String text(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Seeds.class.getResourceAsStream("/fuzz/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

package io.httpipe.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The inputs that every build replays and that fuzzing begins with, a line each: in {@code <target>.seeds} those that
 * somebody wrote or that once found something, in {@code <target>.corpus} those that fuzzing has grown.
 */
final class Seeds {
    private Seeds() {}

    static List<byte[]> of(FuzzTarget target) throws IOException {
        return inputs(target.id() + ".seeds");
    }

    /** Inputs that together reach most code of the target; see {@link Fuzz}. */
    static List<byte[]> kept(FuzzTarget target) throws IOException {
        return inputs(target.id() + ".corpus");
    }

    private static List<byte[]> inputs(String name) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        for (String line : text(name).lines().toList()) {
            if (!line.isBlank() && !line.startsWith("# ")) {
                inputs.add(Bytes.unescape(line));
            }
        }
        return inputs;
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

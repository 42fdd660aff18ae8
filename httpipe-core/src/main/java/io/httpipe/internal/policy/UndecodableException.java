package io.httpipe.internal.policy;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The content of a body cannot be decoded. */
public final class UndecodableException extends IOException {
    public static final int MALFORMED = 0;
    public static final int TRUNCATED = 1;
    public static final int TRAILING_DATA = 2;
    public static final int LIMIT = 3;
    public static final int WINDOW = 4;

    @Serial
    private static final long serialVersionUID = 1;

    private final int kind;
    private final String coding;

    UndecodableException(int kind, String coding, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.coding = coding;
    }

    /** One of the constants of this class. */
    public int kind() {
        return kind;
    }

    /** The coding that failed, or the first one of a body with too many codings. */
    public String coding() {
        return coding;
    }
}

package io.httpipe;

import java.io.Serial;

/** No connection could be made: the name has no address, or each address refused or could not be reached. */
public final class ConnectFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    ConnectFailedException(String what, Facts facts, Throwable cause) {
        super(what, facts, cause);
    }
}

package io.httpipe.internal.call;

import java.io.IOException;

/** Creates the failures of calls for tests of other packages. */
public final class Failures {
    private Failures() {}

    public static CallFailedException of(IOException error, CallFailedException.Facts facts) {
        return new CallFailedException(error, facts);
    }
}

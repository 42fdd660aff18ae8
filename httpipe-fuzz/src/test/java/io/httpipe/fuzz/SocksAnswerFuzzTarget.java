package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.connect.ConnectInternals;
import io.httpipe.internal.connect.ProxyLogin;
import io.httpipe.internal.connect.ProxyRefusedException;
import io.httpipe.internal.policy.ProxyCredentials;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fuzzes the answers of a SOCKS5 proxy. The input is all bytes that the proxy sends before it closes. */
public final class SocksAnswerFuzzTarget {
    private static final ProxyLogin LOGIN = ProxyCredentials.socks("user", "password");

    private static final Pattern GREETING = Pattern.compile("(?s)\\x05(.)");
    private static final Pattern ACCEPTED = Pattern.compile("\\x01\\x00");
    private static final Pattern CONNECTED = Pattern.compile("(?s)\\x05\\x00.(?:\\x01.{4}|\\x04.{16}|\\x03(.)).{2}");

    private SocksAnswerFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        String input = Bytes.latin1(data);
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertEquals(expected(input, false), outcome(new ProxyStream(data, cuts), null));
            assertEquals(expected(input, true), outcome(new ProxyStream(data, cuts), LOGIN));
        }
    }

    private static String outcome(ProxyStream stream, @Nullable ProxyLogin login) throws IOException {
        try {
            ConnectInternals.shakeHands(stream, "origin.test", 443, login);
            // The bytes that follow belong to the origin.
            return "open after " + stream.bytesRead();
        } catch (ProxyRefusedException e) {
            return e.getMessage().contains("closed the connection") ? "ended" : "refused, passing: " + e.passing();
        } catch (MalformedException e) {
            return "malformed";
        }
    }

    private static String expected(String input, boolean login) {
        if (input.length() < 2) {
            return "ended";
        }
        Matcher greeting = GREETING.matcher(input);
        if (!greeting.lookingAt()) {
            return "malformed";
        }
        return switch (greeting.group(1).charAt(0)) {
            case 0 -> reply(input, 2);
            case 2 -> login ? afterLogin(input) : "malformed";
            case 0xff -> "refused, passing: false";
            default -> "malformed";
        };
    }

    private static String afterLogin(String input) {
        if (input.length() < 4) {
            return "ended";
        }
        if (input.charAt(2) != 1) {
            return "malformed";
        }
        return ACCEPTED.matcher(input).region(2, 4).matches() ? reply(input, 4) : "refused, passing: false";
    }

    private static String reply(String input, int at) {
        if (input.length() < at + 2) {
            return "ended";
        }
        if (input.charAt(at) != 5) {
            return "malformed";
        }
        int code = input.charAt(at + 1);
        if (code != 0) {
            return "refused, passing: " + (code == 1 || code >= 3 && code <= 6);
        }
        if (input.length() < at + 4) {
            return "ended";
        }
        int type = input.charAt(at + 3);
        if (type != 1 && type != 3 && type != 4) {
            return "malformed";
        }
        // The length of a name comes before the name.
        Matcher connected = CONNECTED.matcher(input).region(at, input.length());
        String length = type == 3 && input.length() > at + 4 ? input.substring(at + 4, at + 5) : "";
        if (!length.isEmpty()) {
            int end = at + 5 + length.charAt(0) + 2;
            return input.length() < end ? "ended" : "open after " + end;
        }
        return connected.lookingAt() ? "open after " + connected.end() : "ended";
    }
}

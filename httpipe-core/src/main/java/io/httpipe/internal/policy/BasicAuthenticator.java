package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.Origin;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Sends a user name and a password in Base64, which does not protect them (RFC 7617). Thread-safe. */
public final class BasicAuthenticator extends Authenticator {
    private final String user;
    private final String password;
    private final Charset charset;
    private final boolean onChallenge;

    /** Whether one challenge is enough for all later requests. */
    private final boolean remembers;

    private volatile boolean asked;

    /** The answer in the charset that the caller chose, and the one in UTF-8. */
    private final Answer usual;

    private final Answer utf8;

    /** The origins that have asked for UTF-8. */
    private final Set<Origin> utf8Origins;

    private BasicAuthenticator(
            Set<Origin> origins,
            String user,
            String password,
            Charset charset,
            boolean onChallenge,
            boolean remembers,
            Set<Origin> utf8Origins) {
        super(origins);
        this.user = user;
        this.password = password;
        this.charset = charset;
        this.onChallenge = onChallenge;
        this.remembers = remembers;
        this.utf8Origins = utf8Origins;
        String pair = user + ":" + password;
        this.utf8 = answer(UserText.utf8(pair));
        this.usual = charset.equals(StandardCharsets.UTF_8) ? utf8 : answer(encoded(pair, charset));
    }

    /** Creates an authenticator that sends UTF-8, and does not wait for a challenge. */
    public static BasicAuthenticator of(Set<Origin> origins, String user, String password) {
        int colon = UserText.checked("user", user).indexOf(':');
        if (colon >= 0) {
            throw new IllegalArgumentException(
                    "user: there is a colon at index %d, and the server would read the password from there"
                            .formatted(colon));
        }
        return new BasicAuthenticator(
                origins,
                user,
                UserText.checked("password", password),
                StandardCharsets.UTF_8,
                false,
                false,
                ConcurrentHashMap.newKeySet());
    }

    private static Answer answer(byte[] pair) {
        return new Answer("Basic " + Base64.getEncoder().encodeToString(pair));
    }

    private static byte[] encoded(String pair, Charset charset) {
        if (!charset.canEncode() || !Arrays.equals("a:".getBytes(charset), new byte[] {'a', ':'})) {
            throw new IllegalArgumentException(
                    "charset: %s does not encode ASCII text as ASCII; use UTF-8 or ISO-8859-1".formatted(charset));
        }
        try {
            ByteBuffer bytes = charset.newEncoder().encode(CharBuffer.wrap(pair));
            byte[] encoded = new byte[bytes.remaining()];
            bytes.get(encoded);
            return encoded;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "charset: %s cannot represent this user name and password; use UTF-8".formatted(charset), e);
        }
    }

    /** Returns this authenticator with another charset, for origins that do not ask for UTF-8. */
    public BasicAuthenticator withCharset(Charset newCharset) {
        return new BasicAuthenticator(
                origins(),
                user,
                password,
                Arguments.notNull("charset", newCharset),
                onChallenge,
                remembers,
                ConcurrentHashMap.newKeySet());
    }

    /** Returns this authenticator as one that waits for a challenge in each journey. */
    public BasicAuthenticator afterChallenge() {
        return new BasicAuthenticator(origins(), user, password, charset, true, false, utf8Origins);
    }

    /** Returns this authenticator as one that waits for its first challenge only. */
    BasicAuthenticator afterFirstChallenge() {
        return new BasicAuthenticator(origins(), user, password, charset, true, true, utf8Origins);
    }

    @Override
    public BasicAuthenticator boundTo(Set<Origin> newOrigins) {
        return new BasicAuthenticator(newOrigins, user, password, charset, onChallenge, remembers, utf8Origins);
    }

    @Override
    String scheme() {
        return "Basic";
    }

    /** Whether the first request of a journey is sent without credentials. */
    boolean waitsForChallenge() {
        return onChallenge && !asked;
    }

    /** Whether it has waited for its first challenge, and has got it. */
    boolean hasBeenAsked() {
        return asked;
    }

    @Override
    Answer preemptive(Outgoing request, CallTimeouts timeouts, Waits waits) {
        return utf8Origins.contains(request.origin()) ? utf8 : usual;
    }

    @Override
    int strength(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        boolean isNew =
                refused == null || !refused.value().equals(answerTo(challenge).value());
        return challenge.scheme().equals("basic") && isNew ? 1 : 0;
    }

    @Override
    Answer answer(Outgoing request, Challenge challenge, @Nullable Answer refused, CallTimeouts timeouts, Waits waits) {
        learn(request, challenge, refused);
        return answerTo(challenge);
    }

    @Override
    void learn(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        asked |= remembers;
        if (asksForUtf8(challenge)) {
            utf8Origins.add(request.origin());
        }
    }

    private Answer answerTo(Challenge challenge) {
        return asksForUtf8(challenge) ? utf8 : usual;
    }

    private static boolean asksForUtf8(Challenge challenge) {
        return challenge.has("charset", "UTF-8");
    }
}

package io.httpipe;

import java.io.IOException;

/**
 * Gets bearer tokens for {@link Credentials#bearer(String, TokenSource)}, for example from an OAuth 2.0 server.
 *
 * {@snippet :
 * TokenSource source = () -> {
 *     Response response = loginClient.request(Request.post(tokenUri)
 *             .header("Content-Type", "application/x-www-form-urlencoded")
 *             .body("grant_type=client_credentials&client_id=app&client_secret=" + secret));
 *     Map<String, Object> answer = json.read(response.text());
 *     return AccessToken.of((String) answer.get("access_token"))
 *             .expiresIn(Duration.ofSeconds((Integer) answer.get("expires_in")));
 * };
 * }
 *
 * <p>The source runs on the thread of a call that needs a token, under the deadline of that call. Meanwhile, other
 * calls that need a token wait for that token, so a source never runs twice at the same time. It must not send requests
 * that need its own token: such a request throws an {@link IllegalStateException}.
 */
@FunctionalInterface
public interface TokenSource {
    /**
     * {@return a new token}
     *
     * @throws IOException if no token can be fetched. The calls that wait for the token then throw
     *                     {@link CredentialsFailedException}, and the next call runs the source again. If the call on
     *                     whose thread the source runs was interrupted or reached its deadline, only that call ends,
     *                     and another waiting call runs the source again
     */
    AccessToken fetch() throws IOException;
}

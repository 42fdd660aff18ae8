package io.httpipe.internal.policy;

/**
 * The status and the header fields of HTTP authentication, for servers or for proxies (RFC 9110, section 11).
 *
 * @param status      the status of a response with a challenge
 * @param challenge   the field of that response with the challenge
 * @param credentials the field of a request with the credentials
 * @param info        the field of a response that accepts the credentials
 */
record AuthFields(int status, String challenge, String credentials, String info) {
    static final AuthFields ORIGIN = new AuthFields(401, "WWW-Authenticate", "Authorization", "Authentication-Info");
    static final AuthFields PROXY =
            new AuthFields(407, "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info");
}

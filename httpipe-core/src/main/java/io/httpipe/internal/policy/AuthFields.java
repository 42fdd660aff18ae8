package io.httpipe.internal.policy;

/**
 * The status and the fields with which a server asks for credentials and gets them (RFC 9110, section 11).
 *
 * @param status      the status of a response that asks
 * @param challenge   the field of the response that asks
 * @param credentials the field of the request that answers
 * @param info        the field of a response that accepts the answer
 */
record AuthFields(int status, String challenge, String credentials, String info) {
    static final AuthFields ORIGIN = new AuthFields(401, "WWW-Authenticate", "Authorization", "Authentication-Info");
    static final AuthFields PROXY =
            new AuthFields(407, "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info");
}

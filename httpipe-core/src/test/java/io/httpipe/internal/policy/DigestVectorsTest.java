package io.httpipe.internal.policy;

import static io.httpipe.internal.policy.AuthSetup.asking;
import static io.httpipe.internal.policy.AuthSetup.authorization;
import static io.httpipe.internal.policy.AuthSetup.get;
import static io.httpipe.internal.policy.AuthSetup.head;
import static io.httpipe.internal.policy.AuthSetup.origin;
import static io.httpipe.internal.policy.AuthSetup.parameters;
import static io.httpipe.internal.policy.AuthSetup.timeouts;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.call.BytesBody;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of the RFCs, and answers that Python's hashlib has computed for the same values. */
class DigestVectorsTest {
    private static final String NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    private static final String OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
    private static final String CLIENT_NONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    private static final String CHALLENGE =
            "Digest realm=\"http-auth@example.org\", nonce=\"%s\", opaque=\"%s\"".formatted(NONCE, OPAQUE);

    @Test
    void rfc7616Section391WithMd5() throws Exception {
        assertEquals(
                expected("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
                parameters(answer(asking(CHALLENGE + ", qop=\"auth, auth-int\", algorithm=MD5"))));
    }

    @Test
    void rfc7616Section391WithSha256AsTheStrongerOfTwo() throws Exception {
        ResponseHead both = head(
                401,
                "WWW-Authenticate: " + CHALLENGE + ", qop=\"auth, auth-int\", algorithm=MD5",
                "WWW-Authenticate: " + CHALLENGE + ", qop=\"auth, auth-int\", algorithm=SHA-256");
        assertEquals(
                expected("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
                parameters(answer(both)));
    }

    private static Map<String, String> expected(String algorithm, String response) {
        return Map.of(
                "username",
                "Mufasa",
                "realm",
                "http-auth@example.org",
                "uri",
                "/dir/index.html",
                "algorithm",
                algorithm,
                "nonce",
                NONCE,
                "nc",
                "00000001",
                "cnonce",
                CLIENT_NONCE,
                "qop",
                "auth",
                "response",
                response,
                "opaque",
                OPAQUE);
    }

    /**
     * The RFC's own values of this example come from SHA-512 cut to 256 bits, which is another function. These are the
     * corrected values of erratum 4897.
     */
    @Test
    void rfc7616Section392WithUserHash() throws Exception {
        DigestAuthenticator authenticator = DigestAuthenticator.of(
                origin("http://api.example.org"),
                "J\u00e4s\u00f8n Doe",
                "Secret, or not?",
                () -> "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v");
        Map<String, String> answer = parameters(answer(
                authenticator,
                get("http://api.example.org/doe.json"),
                asking("Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256,"
                        + " nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\","
                        + " opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true")));
        assertEquals("793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", answer.get("username"));
        assertEquals("3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", answer.get("response"));
        assertEquals("true", answer.get("userhash"));
        assertEquals("HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", answer.get("opaque"));
    }

    @Test
    void rfc2617Section35() throws Exception {
        DigestAuthenticator authenticator =
                DigestAuthenticator.of(origin("http://h"), "Mufasa", "Circle Of Life", () -> "0a4f113b");
        Outgoing answer = answer(
                authenticator,
                get("http://h/dir/index.html"),
                asking(
                        "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\","
                                + " nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""));
        assertEquals(
                "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\","
                        + " nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", nc=00000001, qop=auth, cnonce=\"0a4f113b\","
                        + " response=\"6629fae49393a05397450978507c4ef1\","
                        + " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
                authorization(answer));
    }

    @ParameterizedTest
    @CsvSource({
        "MD5-sess, e783283f46242139c486a698fec7211d",
        "sha-256-SESS, 2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
        "SHA-512-256, 430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0",
        "SHA-512-256-sess, 3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e"
    })
    void otherAlgorithms(String algorithm, String response) throws Exception {
        Map<String, String> answer = parameters(answer(asking(CHALLENGE + ", qop=auth, algorithm=" + algorithm)));
        assertEquals(response, answer.get("response"));
        assertEquals(algorithm, answer.get("algorithm"), "as the server spelled it");
    }

    @ParameterizedTest
    @CsvSource({
        "MD5, 7b2cc3b30e75b4777ea31027084363fd",
        "SHA-256, a1306b0595a6c7fe96c448631fb5cfbd5107bd1fe1da729d978dd7446b812363"
    })
    void withoutQualityOfProtection(String algorithm, String response) throws Exception {
        Map<String, String> answer = parameters(answer(asking(CHALLENGE + ", algorithm=" + algorithm)));
        assertEquals(response, answer.get("response"));
        assertEquals(
                List.of("username", "realm", "uri", "algorithm", "nonce", "response", "opaque"),
                new ArrayList<>(answer.keySet()),
                "no nc, cnonce and qop");
    }

    @ParameterizedTest
    @CsvSource({
        "MD5, 23fef4d928a3e9fa6e0b0de51288c997",
        "MD5-sess, 1f00ae1cf4fdcb90e9cfc3b1e22118b7",
        "SHA-256, c98b95dbdb463c4483e324bced57d591946a6f84098142757b1333c52c47d62e",
        "SHA-512-256-sess, 6188aa2d1c4d7adbdd32cdee6db3f0f8c107c0e7a45887aecb01647b05eda860"
    })
    void withTheBody(String algorithm, String response) throws Exception {
        Outgoing post = get("http://example.org/dir/index.html")
                .withMethod("POST")
                .withBody(new BytesBody("hello".getBytes(StandardCharsets.US_ASCII)));
        Outgoing answer = answer(mufasa(), post, asking(CHALLENGE + ", qop=auth-int, algorithm=" + algorithm));
        assertEquals(response, parameters(answer).get("response"));
        assertEquals("auth-int", parameters(answer).get("qop"));
    }

    @ParameterizedTest
    @CsvSource({
        "MD5, 9b712497bc9f91499fbcca1dfc5f09a5",
        "SHA-256, 86d3b25618d41854ca5039a5d7e53ff6355d5134a9b1fb088a78ac3c462195a0",
        "SHA-512-256, c8f9593a4f49b95ce2c483cc3222ecd360a5c6ec52ca24a530b0aac18478de8c"
    })
    void theProofOfTheServer(String algorithm, String proof) throws Exception {
        Authentication journey = AuthSetup.journey(mufasa());
        Outgoing request = get("http://example.org/dir/index.html");
        journey.dress(request);
        assertNotNull(journey.after(asking(CHALLENGE + ", qop=auth, algorithm=" + algorithm)));
        journey.dress(request);
        ResponseHead right = head(200, "Authentication-Info: rspauth=\"%s\", qop=auth".formatted(proof));
        assertDoesNotThrow(() -> journey.verify(right));
        ResponseHead wrong = head(200, "Authentication-Info: rspauth=\"0%s\"".formatted(proof.substring(1)));
        assertThrows(ServerProofException.class, () -> journey.verify(wrong));
    }

    private static DigestAuthenticator mufasa() {
        return DigestAuthenticator.of(origin("http://example.org"), "Mufasa", "Circle of Life", () -> CLIENT_NONCE);
    }

    private static Outgoing answer(ResponseHead challenge) throws Exception {
        return answer(mufasa(), get("http://example.org/dir/index.html"), challenge);
    }

    private static Outgoing answer(DigestAuthenticator authenticator, Outgoing request, ResponseHead challenge)
            throws Exception {
        Authentication journey = new Authentication(List.of(authenticator), timeouts(), new Waits());
        assertEquals(request, journey.dress(request), "nothing is sent without a challenge");
        assertNotNull(journey.after(challenge));
        return journey.dress(request);
    }
}

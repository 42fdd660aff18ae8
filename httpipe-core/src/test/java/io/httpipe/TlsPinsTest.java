package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers whose public keys are pinned. */
@Timeout(60)
class TlsPinsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    /** Nobody has this key. */
    private static final String SPARE = "sha256/" + "A".repeat(42) + "E=";

    private static String pin(X509Certificate certificate) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256")
                .digest(certificate.getPublicKey().getEncoded());
        return "sha256/" + Base64.getEncoder().encodeToString(hash);
    }

    private static String pin(String alias) throws Exception {
        return pin(CERTIFICATES.identity(alias).certificate());
    }

    private static Tls trusting() throws IOException {
        return Tls.DEFAULT.trust(CERTIFICATES.authority());
    }

    /** A server that tolerates clients that refuse it. */
    private static ScriptedServer server(TestCertificate identity, String... versions) throws IOException {
        return Servers.tlsWith(
                CERTIFICATES.server(identity),
                socket -> {
                    if (versions.length > 0) {
                        socket.setEnabledProtocols(versions);
                    }
                },
                peer -> {
                    try {
                        ScriptedServer.inTurn(OK).run(peer);
                    } catch (IOException e) {
                        // The client has refused the key.
                    }
                });
    }

    private static TestCertificate withChain(TestCertificate identity, List<X509Certificate> chain) {
        return new TestCertificate(identity.key(), chain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"through-an-intermediate", "intermediate", "ca"})
    void anyKeyOfTheChainCanBePinned(String pinned) throws Exception {
        try (ScriptedServer server = server(CERTIFICATES.identity("through-an-intermediate"));
                Httpipe hp = Httpipe.builder()
                        .tls(trusting().pins(SPARE, pin(pinned)))
                        .build()) {
            assertEquals("OK", hp.get(server.uri("localhost", "/")).text());
            assertEquals(1, hp.get(server.uri("localhost", "/")).reusedTimes());
        }
    }

    @Test
    void theKeyOfTheRootCountsAlthoughServersDoNotSendIt() throws Exception {
        TestCertificate identity = CERTIFICATES.identity("through-an-intermediate");
        try (ScriptedServer server = server(withChain(identity, identity.chain().subList(0, 2)));
                Httpipe hp = Httpipe.builder()
                        .tls(trusting().pins(SPARE, pin("ca").substring("sha256/".length())))
                        .build()) {
            assertEquals("OK", hp.get(server.uri("localhost", "/")).text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anotherKeyIsRefusedEachTimeAndTheMessageShowsWhichKeysCame(String version) throws Exception {
        try (ScriptedServer server = server(CERTIFICATES.identity("good"), version);
                Httpipe hp = Httpipe.builder()
                        .tls(trusting().pins(SPARE, pin("other-ca")))
                        .build()) {
            Request post = Request.post(server.uri("localhost", "/")).body("secret");
            for (int i = 0; i < 3; i++) {
                TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(post));
                assertTrue(
                        e.getMessage()
                                .contains("none of the 2 pinned keys is in the chain of the server; keys in the chain: "
                                        + pin("good") + ", " + pin("ca")),
                        e.getMessage());
                assertEquals(Phase.TLS, e.phase());
                assertEquals(0, e.bytesSent());
                assertFalse(e.safeToRetry());
                assertEquals(List.of(), hp.stats());
            }
            assertEquals(List.of(), server.heads());
        }
    }

    /** Servers can present any certificate. This one has the pinned key, but has signed nothing of the chain. */
    @ParameterizedTest
    @ValueSource(strings = {"other-ca", "self-signed", "intermediate", "client-a"})
    void aCertificateThatIsOnlyPresentedDoesNotCount(String presented) throws Exception {
        TestCertificate good = CERTIFICATES.identity("good");
        List<X509Certificate> chain = new ArrayList<>(good.chain());
        chain.add(1, CERTIFICATES.identity(presented).certificate());
        try (ScriptedServer server = server(withChain(good, chain));
                Httpipe hp = Httpipe.builder()
                        .tls(trusting().pins(SPARE, pin(presented)))
                        .build()) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")));
            assertTrue(e.getMessage().contains("pinned keys"), e.getMessage());
            assertFalse(e.getMessage().contains(pin(presented)), e.getMessage());
        }
    }

    private static TestCertificate.Builder authority(String name) {
        return TestCertificate.builder(name).authority();
    }

    private static Tls trusting(TestCertificate... roots) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (TestCertificate root : roots) {
            store.setCertificateEntry(root.certificate().getSerialNumber().toString(), root.certificate());
        }
        return Tls.DEFAULT.trust(store);
    }

    private static boolean accepts(Tls tls, TestCertificate server, TestCertificate... others) throws Exception {
        List<X509Certificate> chain = new ArrayList<>(List.of(server.certificate()));
        for (TestCertificate other : others) {
            chain.add(other.certificate());
        }
        try (ScriptedServer listening = server(withChain(server, chain));
                Httpipe hp = Httpipe.builder().tls(tls).build()) {
            return hp.get(listening.uri("localhost", "/")).text().equals("OK");
        } catch (TlsFailedException e) {
            assertTrue(e.getMessage().contains("none of the 2 pinned keys"), e.getMessage());
            return false;
        }
    }

    /** Two roots have signed the same intermediate authority, so that there are two chains. */
    @Test
    void eachChainOfACrossSignedAuthorityCounts() throws Exception {
        TestCertificate oldRoot = authority("old root").make();
        TestCertificate newRoot = authority("new root").make();
        TestCertificate byOld = authority("issuer").signedBy(oldRoot).make();
        TestCertificate byNew =
                authority("issuer").sameKeyAs(byOld).signedBy(newRoot).make();
        TestCertificate server =
                TestCertificate.builder("s").names("localhost").signedBy(byOld).make();
        for (TestCertificate pinned : List.of(oldRoot, newRoot, byOld, server)) {
            Tls both = trusting(oldRoot, newRoot).pins(SPARE, pin(pinned.certificate()));
            assertTrue(accepts(both, server, byOld, byNew));
            assertTrue(accepts(both, server, byNew, byOld));
        }
        Tls onlyOld = trusting(oldRoot).pins(SPARE, pin(newRoot.certificate()));
        assertFalse(accepts(onlyOld, server, byNew, byOld, newRoot), "that chain does not end at a trusted root");
        Tls both = trusting(oldRoot, newRoot).pins(SPARE, pin(newRoot.certificate()));
        assertFalse(accepts(both, server, byOld), "the other chain is not complete");
    }

    /** The old root has signed the new one. The client may trust either of them, or both. */
    @Test
    void aRootThatAnotherRootHasSignedEndsTheChain() throws Exception {
        TestCertificate oldRoot = authority("old root").make();
        TestCertificate newRoot = authority("new root").make();
        TestCertificate cross =
                authority("new root").sameKeyAs(newRoot).signedBy(oldRoot).make();
        TestCertificate server = TestCertificate.builder("s")
                .names("localhost")
                .signedBy(newRoot)
                .make();
        assertTrue(accepts(trusting(newRoot).pins(SPARE, pin(newRoot.certificate())), server, cross, oldRoot));
        assertFalse(accepts(trusting(newRoot).pins(SPARE, pin(oldRoot.certificate())), server, cross, oldRoot));
        assertTrue(accepts(trusting(oldRoot).pins(SPARE, pin(newRoot.certificate())), server, cross));
        assertTrue(accepts(trusting(oldRoot, newRoot).pins(SPARE, pin(oldRoot.certificate())), server, cross));
    }

    @Test
    void anExpiredCrossCertificateDoesNotCount() throws Exception {
        TestCertificate oldRoot = authority("old root").make();
        TestCertificate newRoot = authority("new root").make();
        TestCertificate expired = authority("new root")
                .sameKeyAs(newRoot)
                .signedBy(oldRoot)
                .validForDays(-20, -10)
                .make();
        TestCertificate server = TestCertificate.builder("s")
                .names("localhost")
                .signedBy(newRoot)
                .make();
        Tls tls = trusting(oldRoot, newRoot).pins(SPARE, pin(oldRoot.certificate()));
        assertFalse(accepts(tls, server, expired, oldRoot));
    }

    /** The application's own context keeps sessions of connections for which nothing was pinned. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theKeyOfAResumedSessionIsChecked(String version) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(CERTIFICATES.store("ca"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Tls any = Tls.of(context);
        try (ScriptedServer server = server(CERTIFICATES.identity("good"), version);
                Httpipe hp = Httpipe.create()) {
            assertFalse(resumed(hp, server, any));
            assertTrue(resumed(hp, server, any));
            assertTrue(resumed(hp, server, any.pins(SPARE, pin("good"))));
            try (Exchange exchange = hp.connect("localhost", server.port())) {
                TlsFailedException e = assertThrows(
                        TlsFailedException.class, () -> exchange.tlsHandshake(any.pins(SPARE, pin("other-ca"))));
                assertTrue(e.getMessage().contains(pin("good")), e.getMessage());
                assertTrue(e.getCause() instanceof SSLPeerUnverifiedException, e.toString());
            }
        }
    }

    private static boolean resumed(Httpipe hp, ScriptedServer server, Tls tls) throws IOException {
        try (Exchange exchange = hp.connect("localhost", server.port())) {
            boolean resumed = exchange.tlsHandshake(tls).resumed();
            // Over TLS 1.3 the ticket for the next session follows the handshake.
            assertEquals("OK", exchange.request(Request.get("/")).text());
            exchange.abort();
            return resumed;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sha1/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", "AAAA", "*", "", "sha256/", "a\nb"})
    void aPinThatIsNoHashIsRefused(String pin) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.pins(SPARE, pin));
        assertEquals(
                "pins: \"" + pin.replace('\n', '?') + "\" is not the SHA-256 of a public key in Base64",
                e.getMessage());
    }

    @Test
    void aSinglePinIsRefused() {
        for (String[] pins : new String[][] {{}, {SPARE}, {SPARE, SPARE.substring("sha256/".length())}}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.pins(pins));
            assertEquals(
                    "pins: " + Math.min(1, pins.length) + " is too few; add at least one spare key, so that the server"
                            + " can still be reached if its key is lost",
                    e.getMessage());
        }
    }

    @Test
    void pinsNeedVerification() throws Exception {
        String other = pin("good");
        assertThrows(
                IllegalStateException.class, () -> Tls.DEFAULT.verify(false).pins(SPARE, other));
        IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> Tls.DEFAULT.pins(SPARE, other).verify(false));
        assertEquals(
                "pins are compared with the verified chain; with verify(false) there is none. Use trust(..) to accept a"
                        + " server of your own",
                e.getMessage());
        assertTrue(Tls.DEFAULT.pins(SPARE, other).toString().endsWith(", pins=2]"));
    }
}

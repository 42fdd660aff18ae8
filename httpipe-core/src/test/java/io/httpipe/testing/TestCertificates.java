package io.httpipe.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority and servers' certificates of all kinds, made by the JDK's keytool once a test run, so that
 * none in the repository ever expires.
 */
public final class TestCertificates {
    private static final char[] PASSWORD = "password".toCharArray();
    private static final TestCertificates ONCE = make();

    private final KeyStore store;
    private final Path directory;

    private TestCertificates(KeyStore store, Path directory) {
        this.store = store;
        this.directory = directory;
    }

    public static TestCertificates get() {
        return ONCE;
    }

    /** A server's side with the certificate for {@code localhost} and {@code 127.0.0.1} that the authority signed. */
    public SSLContext server() {
        return server("good");
    }

    /** A server's side with {@code good}, {@code wrong-host}, {@code expired} or {@code self-signed}. */
    public SSLContext server(String alias) {
        try {
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            own.setKeyEntry(alias, store.getKey(alias, PASSWORD), PASSWORD, store.getCertificateChain(alias));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The authority's certificate as a PEM file. */
    public Path authority() {
        return pem("ca");
    }

    /** A certificate as a PEM file. */
    public Path pem(String alias) {
        try {
            byte[] encoded = store.getCertificate(alias).getEncoded();
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
            String pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
            return Files.writeString(directory.resolve(alias + ".pem"), pem);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static TestCertificates make() {
        try {
            Path directory = Files.createTempDirectory("httpipe-certificates");
            Path file = directory.resolve("store.p12");
            directory.toFile().deleteOnExit();
            String here = "san=dns:localhost,ip:127.0.0.1";
            keytool(file, "ca", "-ext", "bc:c");
            keytool(file, "good", "-signer", "ca", "-ext", here);
            keytool(file, "wrong-host", "-signer", "ca", "-ext", "san=dns:elsewhere.test,ip:127.0.0.2");
            keytool(file, "expired", "-signer", "ca", "-ext", here, "-startdate", "-20d", "-validity", "10");
            keytool(file, "self-signed", "-ext", here);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new ByteArrayInputStream(bytes)) {
                store.load(in, PASSWORD);
            }
            return new TestCertificates(store, directory);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError("no test certificates", e);
        }
    }

    private static void keytool(Path store, String alias, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                alias,
                "-dname",
                "CN=" + alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1"));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + output);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

package io.httpipe.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes X.509 certificates in DER (RFC 5280), valid and invalid ones. The only public way in the JDK is keytool, which
 * takes a second for each certificate.
 */
public final class CertificateMaker {
    private static final byte[] COMMON_NAME = hex("0603550403");
    private static final byte[] BASIC_CONSTRAINTS = hex("0603551d13");
    private static final byte[] ALTERNATIVE_NAME = hex("0603551d11");
    private static final byte[] EXTENDED_KEY_USAGE = hex("0603551d25");
    private static final byte[] CLIENT_AUTHENTICATION = hex("06082b06010505070302");
    private static final byte[] TRUE = hex("0101ff");
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    /** The last serial number. Serial numbers are unique and have the same length. */
    private static final AtomicLong SERIALS = new AtomicLong(1L << 60);

    /** A private key with its certificate and the chain of issuers. */
    public record Identity(PrivateKey key, List<X509Certificate> chain) {
        public X509Certificate certificate() {
            return chain.getFirst();
        }

        /** {@return a copy without the certificates of the issuers} */
        public Identity alone() {
            return new Identity(key, List.of(certificate()));
        }
    }

    /** A signature algorithm: its JDK name and its identifier in a certificate. */
    private record Algorithm(String name, byte[] identifier) {
        static final Algorithm ECDSA = new Algorithm("SHA256withECDSA", hex("300a06082a8648ce3d040302"));
        static final Algorithm RSA = new Algorithm("SHA256withRSA", hex("300d06092a864886f70d01010b0500"));
        static final Algorithm RSA_MD5 = new Algorithm("MD5withRSA", hex("300d06092a864886f70d0101040500"));

        static Algorithm of(PrivateKey signer, boolean overMd5) {
            if (overMd5) {
                return RSA_MD5;
            }
            return signer.getAlgorithm().equals("RSA") ? RSA : ECDSA;
        }
    }

    private final String commonName;
    private final List<byte[]> names = new ArrayList<>();
    private final List<byte[]> extensions = new ArrayList<>();
    private Identity issuer;
    private Instant from = Instant.now().minus(Duration.ofDays(1));
    private Instant until = from.plus(Duration.ofDays(90));
    private String keyAlgorithm = "EC";
    private int keySize = 256;
    private boolean overMd5;
    private @Nullable Identity sameKey;

    /** A certificate for a subject with this name. It is self-signed unless {@link #signedBy} sets an issuer. */
    public CertificateMaker(String commonName) {
        this.commonName = commonName;
    }

    public CertificateMaker signedBy(Identity signer) {
        issuer = signer;
        return this;
    }

    /** Adds alternative names. IP literals become address entries, all others DNS entries. */
    public CertificateMaker names(String... hosts) {
        for (String host : hosts) {
            boolean literal = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
            names.add(literal ? address(host) : tlv(0x82, latin(host)));
        }
        return this;
    }

    /** Adds any text, even an IP literal, as a DNS entry. */
    public CertificateMaker hostName(String text) {
        names.add(tlv(0x82, latin(text)));
        return this;
    }

    public CertificateMaker validForDays(int first, int last) {
        from = Instant.now().plus(Duration.ofDays(first));
        until = Instant.now().plus(Duration.ofDays(last));
        return this;
    }

    /** Makes this certificate an authority. */
    public CertificateMaker authority() {
        extensions.add(tlv(0x30, BASIC_CONSTRAINTS, TRUE, tlv(0x04, tlv(0x30, TRUE))));
        return this;
    }

    /** Limits the certificate to client authentication. */
    public CertificateMaker forClients() {
        extensions.add(tlv(0x30, EXTENDED_KEY_USAGE, tlv(0x04, tlv(0x30, CLIENT_AUTHENTICATION))));
        return this;
    }

    /** Signs with MD5, which is broken. The issuer needs an RSA key. */
    public CertificateMaker overMd5() {
        overMd5 = true;
        return this;
    }

    /** Uses an RSA key of this size instead of an elliptic curve key. */
    public CertificateMaker rsa(int bits) {
        keyAlgorithm = "RSA";
        keySize = bits;
        return this;
    }

    /** Certifies the key of another certificate, as for an authority that several others have signed. */
    public CertificateMaker sameKeyAs(Identity other) {
        sameKey = other;
        return this;
    }

    private KeyPair keys() throws GeneralSecurityException {
        if (sameKey != null) {
            return new KeyPair(sameKey.certificate().getPublicKey(), sameKey.key);
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance(keyAlgorithm);
        generator.initialize(keySize);
        return generator.generateKeyPair();
    }

    public Identity make() {
        try {
            KeyPair keys = keys();
            PrivateKey signer = issuer == null ? keys.getPrivate() : issuer.key;
            Algorithm algorithm = Algorithm.of(signer, overMd5);
            byte[] subject = tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0c, latin(commonName)))));
            byte[] issuedBy = issuer == null
                    ? subject
                    : issuer.certificate().getSubjectX500Principal().getEncoded();
            if (!names.isEmpty()) {
                byte[] all = tlv(0x30, names.toArray(byte[][]::new));
                extensions.add(tlv(0x30, ALTERNATIVE_NAME, tlv(0x04, all)));
            }
            byte[] more = extensions.isEmpty() ? new byte[0] : tlv(0xa3, tlv(0x30, extensions.toArray(byte[][]::new)));
            byte[] serial = BigInteger.valueOf(SERIALS.incrementAndGet()).toByteArray();
            byte[] toBeSigned = tlv(
                    0x30,
                    hex("a003020102"),
                    tlv(0x02, serial),
                    algorithm.identifier,
                    issuedBy,
                    tlv(0x30, tlv(0x17, latin(UTC_TIME.format(from))), tlv(0x17, latin(UTC_TIME.format(until)))),
                    subject,
                    keys.getPublic().getEncoded(),
                    more);
            Signature signature = Signature.getInstance(algorithm.name);
            signature.initSign(signer);
            signature.update(toBeSigned);
            byte[] signed = tlv(0x30, toBeSigned, algorithm.identifier, tlv(0x03, new byte[] {0}, signature.sign()));
            List<X509Certificate> chain = new ArrayList<>();
            chain.add((X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(signed)));
            chain.addAll(issuer == null ? List.of() : issuer.chain);
            return new Identity(keys.getPrivate(), chain);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("no certificate for " + commonName, e);
        }
    }

    private static byte[] address(String literal) {
        try {
            return tlv(0x87, InetAddress.getByName(literal).getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return the tag, the total length of the parts, and the parts} */
    private static byte[] tlv(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        if (content.size() > 255) {
            all.write(0x82);
            all.write(content.size() >> 8);
        } else if (content.size() > 127) {
            all.write(0x81);
        }
        all.write(content.size());
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}

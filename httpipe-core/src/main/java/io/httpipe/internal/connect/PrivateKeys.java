package io.httpipe.internal.connect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads private keys in PEM: PKCS#8, plain and encrypted (RFC 5958, RFC 8018), PKCS#1 (RFC 8017, appendix A.1.2) and
 * SEC 1 (RFC 5915). Failures are {@link IllegalArgumentException}s that show nothing of the key or password. Stateless.
 */
final class PrivateKeys {
    private static final String KEY = "PRIVATE KEY";
    private static final String CONVERT = "openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW";

    /** How many iterations the derivation of a key from a password may need. This many take some seconds. */
    private static final int MAX_ITERATIONS = 10_000_000;

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int PARAMETERS = 0xa0;

    private static final byte[] VERSION_0 = {INTEGER, 1, 0};

    /** An algorithm of PKCS#8: rsaEncryption, with NULL as its parameters. */
    private static final byte[] RSA = {
        SEQUENCE, 13, OBJECT_IDENTIFIER, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
    };

    /** The identifier id-ecPublicKey. */
    private static final byte[] EC = {OBJECT_IDENTIFIER, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private PrivateKeys() {}

    /**
     * Returns the only private key in a text.
     *
     * @param argument  the name that messages use
     * @param password  empty if there is none; not needed for a plain key
     * @param publicKey the key of the certificate
     * @throws IllegalArgumentException if there is not exactly one key, or the key cannot be read, or does not belong
     *                                  to the certificate
     */
    static PrivateKey read(String argument, String pem, char[] password, PublicKey publicKey) {
        PemReader.Block block = onlyKey(argument, PemReader.read(argument, pem));
        PrivateKey key;
        boolean matches;
        try {
            key = KeyFactory.getInstance(publicKey.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8(argument, block, password)));
            matches = matches(key, publicKey);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "%s: %s cannot be read as a key for the algorithm of the certificate, %s"
                            .formatted(argument, block, publicKey.getAlgorithm()),
                    e);
        }
        if (!matches) {
            throw new IllegalArgumentException("%s: %s does not belong to the certificate".formatted(argument, block));
        }
        return key;
    }

    private static PemReader.Block onlyKey(String argument, List<PemReader.Block> blocks) {
        PemReader.Block only = null;
        for (PemReader.Block block : blocks) {
            if (block.label().endsWith(KEY)) {
                if (only != null) {
                    throw new IllegalArgumentException(
                            argument + ": more than one private key; " + PemReader.found(blocks));
                }
                only = block;
            }
        }
        if (only == null) {
            throw new IllegalArgumentException(argument + ": no PRIVATE KEY; " + PemReader.found(blocks));
        }
        return only;
    }

    /** Returns the key in PKCS#8, unencrypted. */
    static byte[] pkcs8(String argument, PemReader.Block block, char[] password) {
        if (block.isEncrypted()) {
            throw new IllegalArgumentException(
                    "%s: %s is encrypted in the old format of OpenSSL (Proc-Type: 4,ENCRYPTED); convert it with %s"
                            .formatted(argument, block, CONVERT));
        }
        return switch (block.label()) {
            case KEY -> block.content();
            case "RSA PRIVATE KEY" -> wrap(RSA, block.content());
            case "EC PRIVATE KEY" -> {
                byte[] curve = curve(block.content());
                if (curve == null) {
                    throw new IllegalArgumentException(
                            "%s: %s does not name its curve; convert it with openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
                                    .formatted(argument, block));
                }
                yield wrap(tlv(SEQUENCE, EC, curve), block.content());
            }
            case "ENCRYPTED PRIVATE KEY" -> decrypt(argument, block, password);
            default ->
                throw new IllegalArgumentException("%s: %s is of a kind that cannot be used; convert it with %s"
                        .formatted(argument, block, CONVERT));
        };
    }

    private static byte[] decrypt(String argument, PemReader.Block block, char[] password) {
        if (password.length == 0) {
            throw new IllegalArgumentException("%s: %s needs a password".formatted(argument, block));
        }
        PBEKeySpec spec = new PBEKeySpec(password);
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(block.content());
            AlgorithmParameters parameters = info.getAlgParameters();
            if (parameters == null) {
                throw new NoSuchAlgorithmException(info.getAlgName());
            }
            if (parameters.getParameterSpec(PBEParameterSpec.class).getIterationCount() > MAX_ITERATIONS) {
                throw new IllegalArgumentException(
                        "%s: %s cannot be decrypted, because its key derivation needs more than %d iterations"
                                .formatted(argument, block, MAX_ITERATIONS));
            }
            // The parameters of PBES2 name the algorithms for the key and for the encryption.
            String algorithm = parameters.getAlgorithm().contains("PBES2") ? parameters.toString() : info.getAlgName();
            SecretKey secret = SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, secret, parameters);
            return info.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "%s: %s cannot be decrypted. If the password is right, convert it with %s"
                            .formatted(argument, block, CONVERT),
                    e);
        } finally {
            spec.clearPassword();
        }
    }

    /** Whether the two keys are a pair. */
    private static boolean matches(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        if (key instanceof RSAKey rsa && publicKey instanceof RSAKey other) {
            return rsa.getModulus().equals(other.getModulus());
        }
        Signature signature = Signature.getInstance(key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "EdDSA");
        signature.initSign(key);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        try {
            return signature.verify(signed);
        } catch (SignatureException e) {
            // The keys are on different curves.
            return false;
        }
    }

    /** Puts a key of another format into PKCS#8. */
    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return tlv(SEQUENCE, VERSION_0, algorithm, tlv(OCTET_STRING, key));
    }

    /** Returns an element of DER with this tag and content. */
    private static byte[] tlv(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        int length = content.size();
        if (length < 0x80) {
            element.write(length);
        } else {
            int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
            element.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                element.write(length >> 8 * i);
            }
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }

    /** Returns the identifier of the curve in an ECPrivateKey, as an element of DER; null if there is none. */
    private static byte @Nullable [] curve(byte[] key) {
        ByteBuffer all = content(ByteBuffer.wrap(key), SEQUENCE);
        if (all == null || content(all, INTEGER) == null || content(all, OCTET_STRING) == null) {
            return null;
        }
        ByteBuffer parameters = content(all, PARAMETERS);
        if (parameters == null) {
            return null;
        }
        byte[] curve = new byte[parameters.remaining()];
        parameters.duplicate().get(curve);
        return content(parameters, OBJECT_IDENTIFIER) == null || parameters.hasRemaining() ? null : curve;
    }

    /** Takes an element of DER from a buffer and returns its content; null if it has another tag or is malformed. */
    private static @Nullable ByteBuffer content(ByteBuffer from, int tag) {
        if (from.remaining() < 2 || (from.get() & 0xff) != tag) {
            return null;
        }
        int length = from.get() & 0xff;
        if (length > 0x82 || length == 0x80) {
            return null;
        }
        int bytes = length > 0x80 ? length - 0x80 : 0;
        if (from.remaining() < bytes) {
            return null;
        }
        length = bytes == 0 ? length : 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | from.get() & 0xff;
        }
        if (from.remaining() < length) {
            return null;
        }
        ByteBuffer content = from.slice(from.position(), length);
        from.position(from.position() + length);
        return content;
    }
}

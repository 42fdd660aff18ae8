package io.httpipe.testing;

import java.nio.ByteBuffer;
import java.security.KeyManagementException;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.util.function.BiFunction;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/** A TLS provider that fails, unchecked, at one point; all else is left to the JDK's. */
public final class FaultyTls {
    /** Where it fails. */
    public enum Point {
        CREATE,
        SET_UP,
        BEGIN,
        TASK,
        HANDSHAKE_WRAP,
        HANDSHAKE_UNWRAP,
        SESSION,
        WRAP,
        UNWRAP,
        CLOSE
    }

    private FaultyTls() {}

    /** A context like another one that fails at this point. */
    public static SSLContext at(Point point, SSLContext sound) {
        return new SSLContext(
                new Spi(sound, (host, port) -> {
                    fail(point, Point.CREATE);
                    return new Engine(point, sound.createSSLEngine(host, port), host, port);
                }),
                sound.getProvider(),
                "TLS") {};
    }

    private static void fail(Point at, Point here) {
        if (at == here) {
            throw new ProviderException("the token is gone");
        }
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext sound;
        private final BiFunction<String, Integer, SSLEngine> engines;

        Spi(SSLContext sound, BiFunction<String, Integer, SSLEngine> engines) {
            this.sound = sound;
            this.engines = engines;
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("it has been initialised");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return sound.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return sound.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return engines.apply(null, -1);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return engines.apply(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return sound.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return sound.getClientSessionContext();
        }
    }

    private static final class Engine extends SSLEngine {
        private final Point point;
        private final SSLEngine sound;

        Engine(Point point, SSLEngine sound, String host, int port) {
            super(host, port);
            this.point = point;
            this.sound = sound;
        }

        private boolean isShakingHands() {
            HandshakeStatus status = sound.getHandshakeStatus();
            return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer into) throws SSLException {
            fail(point, isShakingHands() ? Point.HANDSHAKE_WRAP : Point.WRAP);
            return sound.wrap(from, offset, length, into);
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] into, int offset, int length) throws SSLException {
            fail(point, isShakingHands() ? Point.HANDSHAKE_UNWRAP : Point.UNWRAP);
            return sound.unwrap(from, into, offset, length);
        }

        @Override
        public Runnable getDelegatedTask() {
            Runnable task = sound.getDelegatedTask();
            return task == null
                    ? null
                    : () -> {
                        fail(point, Point.TASK);
                        task.run();
                    };
        }

        @Override
        public void closeInbound() throws SSLException {
            sound.closeInbound();
        }

        @Override
        public boolean isInboundDone() {
            return sound.isInboundDone();
        }

        @Override
        public void closeOutbound() {
            fail(point, Point.CLOSE);
            sound.closeOutbound();
        }

        @Override
        public boolean isOutboundDone() {
            return sound.isOutboundDone();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return sound.getSupportedCipherSuites();
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return sound.getEnabledCipherSuites();
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {
            sound.setEnabledCipherSuites(suites);
        }

        @Override
        public String[] getSupportedProtocols() {
            return sound.getSupportedProtocols();
        }

        @Override
        public String[] getEnabledProtocols() {
            return sound.getEnabledProtocols();
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {
            sound.setEnabledProtocols(protocols);
        }

        @Override
        public SSLSession getSession() {
            fail(point, Point.SESSION);
            return sound.getSession();
        }

        @Override
        public void beginHandshake() throws SSLException {
            fail(point, Point.BEGIN);
            sound.beginHandshake();
        }

        @Override
        public HandshakeStatus getHandshakeStatus() {
            return sound.getHandshakeStatus();
        }

        @Override
        public void setUseClientMode(boolean mode) {
            sound.setUseClientMode(mode);
        }

        @Override
        public boolean getUseClientMode() {
            return sound.getUseClientMode();
        }

        @Override
        public void setNeedClientAuth(boolean need) {
            sound.setNeedClientAuth(need);
        }

        @Override
        public boolean getNeedClientAuth() {
            return sound.getNeedClientAuth();
        }

        @Override
        public void setWantClientAuth(boolean want) {
            sound.setWantClientAuth(want);
        }

        @Override
        public boolean getWantClientAuth() {
            return sound.getWantClientAuth();
        }

        @Override
        public void setEnableSessionCreation(boolean enabled) {
            sound.setEnableSessionCreation(enabled);
        }

        @Override
        public boolean getEnableSessionCreation() {
            return sound.getEnableSessionCreation();
        }

        @Override
        public SSLParameters getSSLParameters() {
            return sound.getSSLParameters();
        }

        @Override
        public void setSSLParameters(SSLParameters parameters) {
            fail(point, Point.SET_UP);
            sound.setSSLParameters(parameters);
        }
    }
}

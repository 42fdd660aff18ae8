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

/** A TLS provider that throws an unchecked exception at one point. Otherwise it delegates to the JDK. */
public final class FaultyTls {
    /** The operation that fails. */
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

    /** {@return a copy of this context that fails at this point} */
    public static SSLContext at(Point point, SSLContext delegate) {
        return new SSLContext(
                new Spi(delegate, (host, port) -> {
                    fail(point, Point.CREATE);
                    return new Engine(point, delegate.createSSLEngine(host, port), host, port);
                }),
                delegate.getProvider(),
                "TLS") {};
    }

    /** {@return a copy of this context whose engines offer a protocol (ALPN), as some providers let an application set} */
    public static SSLContext offering(String protocol, SSLContext delegate) {
        return new SSLContext(
                new Spi(delegate, (host, port) -> {
                    SSLEngine engine = delegate.createSSLEngine(host, port);
                    SSLParameters parameters = engine.getSSLParameters();
                    parameters.setApplicationProtocols(new String[] {protocol});
                    engine.setSSLParameters(parameters);
                    return engine;
                }),
                delegate.getProvider(),
                "TLS") {};
    }

    private static void fail(Point at, Point here) {
        if (at == here) {
            throw new ProviderException("the token is gone");
        }
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext delegate;
        private final BiFunction<String, Integer, SSLEngine> engines;

        Spi(SSLContext delegate, BiFunction<String, Integer, SSLEngine> engines) {
            this.delegate = delegate;
            this.engines = engines;
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("it has been initialised");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return delegate.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return delegate.getServerSocketFactory();
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
            return delegate.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return delegate.getClientSessionContext();
        }
    }

    private static final class Engine extends SSLEngine {
        private final Point point;
        private final SSLEngine delegate;

        Engine(Point point, SSLEngine delegate, String host, int port) {
            super(host, port);
            this.point = point;
            this.delegate = delegate;
        }

        private boolean isShakingHands() {
            HandshakeStatus status = delegate.getHandshakeStatus();
            return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer destination)
                throws SSLException {
            fail(point, isShakingHands() ? Point.HANDSHAKE_WRAP : Point.WRAP);
            return delegate.wrap(sources, offset, length, destination);
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] destinations, int offset, int length)
                throws SSLException {
            fail(point, isShakingHands() ? Point.HANDSHAKE_UNWRAP : Point.UNWRAP);
            return delegate.unwrap(source, destinations, offset, length);
        }

        @Override
        public Runnable getDelegatedTask() {
            Runnable task = delegate.getDelegatedTask();
            return task == null
                    ? null
                    : () -> {
                        fail(point, Point.TASK);
                        task.run();
                    };
        }

        @Override
        public void closeInbound() throws SSLException {
            delegate.closeInbound();
        }

        @Override
        public boolean isInboundDone() {
            return delegate.isInboundDone();
        }

        @Override
        public void closeOutbound() {
            fail(point, Point.CLOSE);
            delegate.closeOutbound();
        }

        @Override
        public boolean isOutboundDone() {
            return delegate.isOutboundDone();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return delegate.getSupportedCipherSuites();
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return delegate.getEnabledCipherSuites();
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {
            delegate.setEnabledCipherSuites(suites);
        }

        @Override
        public String[] getSupportedProtocols() {
            return delegate.getSupportedProtocols();
        }

        @Override
        public String[] getEnabledProtocols() {
            return delegate.getEnabledProtocols();
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {
            delegate.setEnabledProtocols(protocols);
        }

        @Override
        public SSLSession getSession() {
            fail(point, Point.SESSION);
            return delegate.getSession();
        }

        @Override
        public void beginHandshake() throws SSLException {
            fail(point, Point.BEGIN);
            delegate.beginHandshake();
        }

        @Override
        public HandshakeStatus getHandshakeStatus() {
            return delegate.getHandshakeStatus();
        }

        @Override
        public void setUseClientMode(boolean mode) {
            delegate.setUseClientMode(mode);
        }

        @Override
        public boolean getUseClientMode() {
            return delegate.getUseClientMode();
        }

        @Override
        public void setNeedClientAuth(boolean need) {
            delegate.setNeedClientAuth(need);
        }

        @Override
        public boolean getNeedClientAuth() {
            return delegate.getNeedClientAuth();
        }

        @Override
        public void setWantClientAuth(boolean want) {
            delegate.setWantClientAuth(want);
        }

        @Override
        public boolean getWantClientAuth() {
            return delegate.getWantClientAuth();
        }

        @Override
        public void setEnableSessionCreation(boolean enabled) {
            delegate.setEnableSessionCreation(enabled);
        }

        @Override
        public boolean getEnableSessionCreation() {
            return delegate.getEnableSessionCreation();
        }

        @Override
        public SSLParameters getSSLParameters() {
            return delegate.getSSLParameters();
        }

        @Override
        public void setSSLParameters(SSLParameters parameters) {
            fail(point, Point.SET_UP);
            delegate.setSSLParameters(parameters);
        }
    }
}

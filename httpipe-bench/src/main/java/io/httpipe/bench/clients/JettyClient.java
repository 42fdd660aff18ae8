package io.httpipe.bench.clients;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.Authentication;
import org.eclipse.jetty.client.BasicAuthentication;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamRequestContent;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.MultiPartRequestContent;
import org.eclipse.jetty.client.PathRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;

/** Jetty's client, with the thread pool that its guide recommends for virtual threads. One connection per thread. */
final class JettyClient implements Client {
    private static final String TYPE = "application/octet-stream";
    private static final int MAX_BODY = 256 * 1024 * 1024;

    private final HttpClient client = new HttpClient();
    private final @Nullable Path unixSocket;

    JettyClient(Setup setup) throws Exception {
        setup.requireNoProxy();
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setVirtualThreadsExecutor(new VirtualThreadPool());
        client.setExecutor(threads);
        client.setMaxConnectionsPerDestination(setup.limit() > 0 ? setup.limit() : setup.connections());
        // The maximum number of waiting requests. Further requests fail.
        client.setMaxRequestsQueuedPerDestination(100_000);
        client.setFollowRedirects(setup.policies());
        if (setup.policies()) {
            client.getAuthenticationStore()
                    .addAuthentication(new BasicAuthentication(
                            URI.create("https://other.test"), Authentication.ANY_REALM, "user", "password"));
        }
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        if (setup.trust() != null) {
            SslContextFactory.Client tls = new SslContextFactory.Client();
            tls.setSslContext(Trust.of(setup.trust()).context());
            client.setSslContextFactory(tls);
        }
        unixSocket = setup.unixSocket();
        client.start();
        if (!setup.decoding()) {
            client.getContentDecoderFactories().clear();
        }
    }

    @Override
    public Work get(URI uri) {
        return () -> send(request(uri));
    }

    @Override
    public Work download(URI uri) {
        return () -> {
            InputStreamResponseListener listener = new InputStreamResponseListener();
            request(uri).send(listener);
            Response response = listener.get(30, TimeUnit.SECONDS);
            try (InputStream in = listener.getInputStream()) {
                return Responses.check(response.getStatus(), Responses.count(in));
            }
        };
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        return () -> {
            Request request = request(uri).method("POST");
            if (!payload.hasLength()) {
                request.body(new InputStreamRequestContent(TYPE, payload.open(), bufferPool()));
            } else if (payload.file() == null) {
                request.body(new BytesRequestContent(payload.bytes()));
            } else {
                request.body(new PathRequestContent(payload.file()));
            }
            return send(request);
        };
    }

    @Override
    public Work multipart(URI uri, Path file) {
        return () -> {
            MultiPartRequestContent body = new MultiPartRequestContent();
            body.addPart(new MultiPart.PathPart(bufferPool(), "file", "upload", HttpFields.EMPTY, file));
            body.close();
            return send(request(uri).method("POST").body(body));
        };
    }

    @Override
    public Work pipe(URI from, URI to) {
        return () -> {
            InputStreamResponseListener listener = new InputStreamResponseListener();
            request(from).send(listener);
            long length = listener.get(30, TimeUnit.SECONDS).getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
            try (InputStream in = listener.getInputStream()) {
                return send(request(to).method("POST").body(new InputStreamRequestContent(TYPE, in, bufferPool()) {
                    @Override
                    public long getLength() {
                        return length;
                    }
                }));
            }
        };
    }

    private ByteBufferPool.Sized bufferPool() {
        return new ByteBufferPool.Sized(client.getByteBufferPool(), client.isUseOutputDirectByteBuffers(), BUFFER_SIZE);
    }

    private Request request(URI uri) {
        Request request = client.newRequest(uri);
        return unixSocket == null ? request : request.transport(new Transport.TCPUnix(unixSocket));
    }

    private static long send(Request request)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        // Like request.send(), without its limit of 2 MiB on the body.
        ContentResponse response =
                new CompletableResponseListener(request, MAX_BODY).send().get(60, TimeUnit.SECONDS);
        return Responses.check(response.getStatus(), response.getContent().length);
    }

    @Override
    public boolean limitsConnections() {
        return true;
    }

    @Override
    public void close() throws IOException {
        try {
            client.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}

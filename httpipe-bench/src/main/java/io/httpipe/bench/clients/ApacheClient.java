package io.httpipe.bench.clients;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.entity.mime.MultipartEntityBuilder;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.auth.CredentialsProviderBuilder;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.FileEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.util.TimeValue;

/** Apache HttpClient 5, classic. Its pool has a connection per thread. Cookies are off. */
final class ApacheClient implements Client {
    private static final ContentType TYPE = ContentType.APPLICATION_OCTET_STREAM;

    private final CloseableHttpClient client;

    ApacheClient(Setup setup) throws IOException, GeneralSecurityException {
        int connections = setup.limit() > 0 ? setup.limit() : setup.connections();
        PoolingHttpClientConnectionManagerBuilder pool = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(2 * connections)
                .setMaxConnPerRoute(connections);
        if (setup.trust() != null) {
            pool.setTlsSocketStrategy(
                    new DefaultClientTlsStrategy(Trust.of(setup.trust()).context()));
        }
        RequestConfig.Builder config = RequestConfig.custom();
        if (setup.unixSocket() != null) {
            config.setUnixDomainSocket(setup.unixSocket());
        }
        HttpClientBuilder builder = HttpClients.custom()
                .setConnectionManager(pool.build())
                .setDefaultRequestConfig(config.build())
                .disableCookieManagement();
        if (!setup.decoding()) {
            builder.disableContentCompression();
        }
        if (setup.policies()) {
            builder.setDefaultCredentialsProvider(CredentialsProviderBuilder.create()
                            .add(new HttpHost("https", "other.test"), "user", "password".toCharArray())
                            .build())
                    .setRetryStrategy(new DefaultHttpRequestRetryStrategy(2, TimeValue.ofMilliseconds(100)));
        } else {
            builder.disableRedirectHandling();
        }
        URI proxy = setup.proxy();
        if (proxy != null) {
            builder.setProxy(new HttpHost("http", proxy.getHost(), proxy.getPort()));
        }
        client = builder.build();
    }

    @Override
    public Work get(URI uri) {
        return () -> send(new HttpGet(uri));
    }

    @Override
    public Work download(URI uri) {
        return () -> client.execute(new HttpGet(uri), response -> {
            try (InputStream in = response.getEntity().getContent()) {
                return Responses.check(response.getCode(), Responses.count(in));
            }
        });
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        return () -> {
            if (!payload.hasLength()) {
                try (InputStream in = payload.open()) {
                    return post(uri, new InputStreamEntity(in, TYPE));
                }
            }
            return post(
                    uri,
                    payload.file() == null
                            ? new ByteArrayEntity(payload.bytes(), TYPE)
                            : new FileEntity(payload.file().toFile(), TYPE));
        };
    }

    @Override
    public Work multipart(URI uri, Path file) {
        return () -> post(
                uri,
                MultipartEntityBuilder.create()
                        .addBinaryBody("file", file.toFile(), TYPE, "upload")
                        .build());
    }

    @Override
    public Work pipe(URI from, URI to) {
        return () -> client.execute(new HttpGet(from), response -> {
            HttpEntity source = response.getEntity();
            return post(to, new InputStreamEntity(source.getContent(), source.getContentLength(), TYPE));
        });
    }

    private long post(URI uri, HttpEntity entity) throws IOException {
        HttpPost post = new HttpPost(uri);
        post.setEntity(entity);
        return send(post);
    }

    private long send(ClassicHttpRequest request) throws IOException {
        return client.execute(
                request,
                response -> Responses.check(response.getCode(), EntityUtils.toByteArray(response.getEntity()).length));
    }

    @Override
    public boolean limitsConnections() {
        return true;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}

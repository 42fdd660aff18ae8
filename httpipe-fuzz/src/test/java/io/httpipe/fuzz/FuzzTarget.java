package io.httpipe.fuzz;

import java.util.Locale;

/** The fuzz targets. Each is a class with a method {@code fuzzerTestOneInput}, which Jazzer calls. */
enum FuzzTarget {
    HEAD(HeadFuzzTarget.class, HeadFuzzTarget::fuzzerTestOneInput, 700),
    TRAILERS(TrailersFuzzTarget.class, TrailersFuzzTarget::fuzzerTestOneInput, 300),
    CHUNKS(ChunksFuzzTarget.class, ChunksFuzzTarget::fuzzerTestOneInput, 700),
    FIELDS(FieldsFuzzTarget.class, FieldsFuzzTarget::fuzzerTestOneInput, 400),
    RETRY_AFTER(RetryAfterFuzzTarget.class, RetryAfterFuzzTarget::fuzzerTestOneInput, 200),
    CHALLENGE(ChallengeFuzzTarget.class, ChallengeFuzzTarget::fuzzerTestOneInput, 600),
    SET_COOKIE(SetCookieFuzzTarget.class, SetCookieFuzzTarget::fuzzerTestOneInput, 400),
    COOKIE_FILE(CookieFileFuzzTarget.class, CookieFileFuzzTarget::fuzzerTestOneInput, 300),
    PEM(PemFuzzTarget.class, PemFuzzTarget::fuzzerTestOneInput, 900),
    DIGEST_FIELD(DigestFieldFuzzTarget.class, DigestFieldFuzzTarget::fuzzerTestOneInput, 300),
    EVENTS(EventsFuzzTarget.class, EventsFuzzTarget::fuzzerTestOneInput, 500),
    URI(UriFuzzTarget.class, UriFuzzTarget::fuzzerTestOneInput, 300),
    LOCATION(LocationFuzzTarget.class, LocationFuzzTarget::fuzzerTestOneInput, 300),
    PROXY_RULES(ProxyRulesFuzzTarget.class, ProxyRulesFuzzTarget::fuzzerTestOneInput, 400),
    CONNECT_ANSWER(ConnectAnswerFuzzTarget.class, ConnectAnswerFuzzTarget::fuzzerTestOneInput, 1600),
    SOCKS_ANSWER(SocksAnswerFuzzTarget.class, SocksAnswerFuzzTarget::fuzzerTestOneInput, 300),
    CODINGS(CodingsFuzzTarget.class, CodingsFuzzTarget::fuzzerTestOneInput, 300),
    GZIP(GzipFuzzTarget.class, GzipFuzzTarget::fuzzerTestOneInput, 400),
    TRANSCRIPT(TranscriptFuzzTarget.class, TranscriptFuzzTarget::fuzzerTestOneInput, 500),
    SERVER_REQUEST(ServerRequestFuzzTarget.class, ServerRequestFuzzTarget::fuzzerTestOneInput, 400),
    REQUEST(RequestFuzzTarget.class, RequestFuzzTarget::fuzzerTestOneInput, 500),
    RESPONSE(ResponseFuzzTarget.class, ResponseFuzzTarget::fuzzerTestOneInput, 2500);

    /** The method of a target that processes one input. */
    interface Run {
        void run(byte[] input) throws Exception;
    }

    private final Class<?> type;
    private final Run run;
    private final int maxLength;

    FuzzTarget(Class<?> type, Run run, int maxLength) {
        this.type = type;
        this.run = run;
        this.maxLength = maxLength;
    }

    /** The name on the command line and of the seed files. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Class<?> type() {
        return type;
    }

    /** The maximum length of inputs. If a target sets small limits, such an input can exceed each of them. */
    int maxLength() {
        return maxLength;
    }

    /** Processes one input. Anything thrown is a finding. */
    void run(byte[] input) throws Exception {
        run.run(input);
    }
}

package io.httpipe;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.Journey;
import io.httpipe.internal.policy.Policies;
import io.httpipe.internal.wire.FieldLines;

/** Sends requests that have policies or go through interceptors. */
final class PolicyCalls {
    private PolicyCalls() {}

    /** Sends a request and reads the whole response. */
    static Response request(Httpipe client, Request request) throws HttpipeException {
        if (client.options().interceptors != null) {
            return InterceptorChain.request(client, request);
        }
        Outgoing outgoing = client.outgoing(request);
        Policies policies = policies(client, request);
        if (policies.needsOneAttempt()) {
            Outgoing routed = policies.route(outgoing);
            if (!Policies.needsProxyLogin(routed)) {
                return client.sendWhole(routed);
            }
        }
        long own = outgoing.maxBodySize();
        long maxBodySize = own < 0 ? client.options().limits.maxBodySize() : own;
        Journey journey = client.journeys()
                .journey(
                        client.calls(),
                        outgoing,
                        policies,
                        Math.min(maxBodySize, CallFactory.LARGEST_ARRAY),
                        client.options().limits.maxRatio(),
                        false);
        run(journey);
        FieldLines fields = journey.head().fields();
        Headers headers = journey.decoded() == null ? Headers.of(fields) : Decoding.headers(fields);
        return Response.of(journey.head(), headers, journey.body(), journey.call(), journey.attempts());
    }

    /** Sends a request and returns when the head of the response has arrived. */
    static StreamedResponse stream(Httpipe client, Request request) throws HttpipeException {
        return client.options().interceptors == null ? send(client, request) : InterceptorChain.stream(client, request);
    }

    /** Sends a request without calling the interceptors. */
    static StreamedResponse send(Httpipe client, Request request) throws HttpipeException {
        Outgoing outgoing = client.outgoing(request);
        Policies policies = policies(client, request);
        if (policies.needsOneAttempt()) {
            Outgoing routed = policies.route(outgoing);
            if (!Policies.needsProxyLogin(routed)) {
                return client.sendStreamed(routed);
            }
        }
        long own = outgoing.maxBodySize();
        Journey journey = client.journeys()
                .journey(
                        client.calls(),
                        outgoing,
                        policies,
                        own < 0 ? Long.MAX_VALUE : own,
                        client.options().limits.maxRatio(),
                        true);
        run(journey);
        return StreamedResponse.of(client, journey.head(), journey.call(), journey.attempts())
                .decodedBy(journey.decoded());
    }

    private static Policies policies(Httpipe client, Request request) {
        Policies own = request.policies();
        Policies common = client.options().policies();
        return own == null ? common : own.orElse(common);
    }

    private static void run(Journey journey) throws HttpipeException {
        try {
            journey.run();
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e, journey.attempts());
        }
    }
}

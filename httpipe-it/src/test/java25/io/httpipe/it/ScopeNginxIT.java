package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scope with ten thousand subtasks, with the API of JDK 25. */
@Timeout(120)
class ScopeNginxIT {
    @Test
    void tenThousandRequestsShare64Connections() throws Exception {
        try (Httpipe hp = WideScope.client();
                var scope = StructuredTaskScope.open(Joiner.<Response>allSuccessfulOrThrow())) {
            for (int i = 0; i < WideScope.REQUESTS; i++) {
                String uri = WideScope.uri(i);
                scope.fork(() -> hp.get(uri));
            }
            WideScope.assertAllAnswered(hp, scope.join().map(Subtask::get).toList());
        }
    }
}

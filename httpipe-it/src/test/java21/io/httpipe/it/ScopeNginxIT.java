package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.StructuredTaskScope.ShutdownOnFailure;
import java.util.concurrent.StructuredTaskScope.Subtask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scope with ten thousand subtasks, with the API of JDK 21. */
@Timeout(120)
class ScopeNginxIT {
    @Test
    void tenThousandRequestsShare64Connections() throws Exception {
        try (Httpipe hp = WideScope.client()) {
            List<Subtask<Response>> subtasks = new ArrayList<>();
            try (ShutdownOnFailure scope = new ShutdownOnFailure()) {
                for (int i = 0; i < WideScope.REQUESTS; i++) {
                    String uri = WideScope.uri(i);
                    subtasks.add(scope.fork(() -> hp.get(uri)));
                }
                scope.join().throwIfFailed();
            }
            WideScope.assertAllAnswered(hp, subtasks.stream().map(Subtask::get).toList());
        }
    }
}

import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.StructuredTaskScope.ShutdownOnFailure;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.TimeoutException;

/**
 * Gets all URLs or none: the first failure cancels the other calls and closes their sockets.
 * Run it with JDK 21, from the root of the repository:
 *
 * <pre>java --enable-preview --source 21 -cp httpipe-core/target/classes \
 *     httpipe-examples/src/main/java21/AllOrNothing.java URL...</pre>
 */
final class AllOrNothing {
    public static void main(String[] urls) throws InterruptedException {
        try (Httpipe hp = Httpipe.create();
                ShutdownOnFailure scope = new ShutdownOnFailure()) {
            List<Subtask<Response>> answers = new ArrayList<>();
            for (String url : urls) {
                answers.add(scope.fork(() -> get(hp, url)));
            }
            scope.joinUntil(Instant.now().plusSeconds(10)).throwIfFailed();
            for (Subtask<Response> answer : answers) {
                System.out.println(answer.get().body().length + " bytes");
            }
        } catch (ExecutionException e) {
            System.out.println("nothing: " + e.getCause().getMessage());
        } catch (TimeoutException e) {
            System.out.println("nothing: 10 seconds have passed");
        }
    }

    /** Throws for a status other than 200. The client returns such a response, but the scope needs an exception. */
    private static Response get(Httpipe hp, String url) throws IOException {
        Response response = hp.get(url);
        if (response.status() != 200) {
            throw new IOException("status " + response.status() + " from " + url);
        }
        return response;
    }
}

import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.TimeoutException;

/**
 * Gets all URLs or none: the first failure cancels the other calls and closes their sockets.
 * Run it with JDK 25, from the root of the repository:
 *
 * <pre>java --enable-preview --source 25 -cp httpipe-core/target/classes \
 *     httpipe-examples/src/main/java25/AllOrNothing.java URL...</pre>
 */
final class AllOrNothing {
    public static void main(String[] urls) throws InterruptedException {
        try (Httpipe hp = Httpipe.create();
                var scope = StructuredTaskScope.open(
                        Joiner.<Response>allSuccessfulOrThrow(), with -> with.withTimeout(Duration.ofSeconds(10)))) {
            for (String url : urls) {
                scope.fork(() -> get(hp, url));
            }
            scope.join().forEach(answer -> System.out.println(answer.get().body().length + " bytes"));
        } catch (FailedException e) {
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

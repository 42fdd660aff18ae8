import io.httpipe.Deadline;
import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.time.Duration;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;

/**
 * Gets all URLs at once, prints the first response and cancels the other calls. Gives up after two seconds. Run it with
 * JDK 25, from the root of the repository:
 *
 * <pre>java --enable-preview --source 25 -cp httpipe-core/target/classes \
 *     httpipe-examples/src/main/java25/FirstAnswer.java URL...</pre>
 */
final class FirstAnswer {
    public static void main(String[] urls) throws InterruptedException {
        try (Httpipe hp = Httpipe.create()) {
            // The scope starts its threads inside Deadline.within, so the deadline also applies to the subtasks.
            Response first = Deadline.within(Duration.ofSeconds(2), () -> race(hp, urls));
            System.out.print(first.text());
        } catch (FailedException e) {
            System.out.println("no response: " + e.getMessage());
        }
    }

    private static Response race(Httpipe hp, String... urls) throws InterruptedException {
        try (var scope = StructuredTaskScope.open(Joiner.<Response>anySuccessfulResultOrThrow())) {
            for (String url : urls) {
                scope.fork(() -> hp.get(url));
            }
            return scope.join();
        }
    }
}

package stablediffusion.server.http;

import java.time.Duration;
import java.time.Instant;

/**
 * Describes a request that was answered, for logs and statistics.
 *
 * @param time when it came
 * @param client address
 * @param route path with its parameters' names, or {@code unknown}
 * @param status code of HTTP; {@link #GONE} if the client went away
 * @param bytes of the answer's body
 */
public record Answered(Instant time, String client, String method, String path, String route, int status, long bytes, Duration took) {
    /** The code that servers log when the client went away before the answer, by the custom of nginx. */
    public static final int GONE = 499;
}

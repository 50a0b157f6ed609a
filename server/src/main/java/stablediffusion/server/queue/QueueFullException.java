package stablediffusion.server.queue;

import java.time.Duration;

/** Reports that no job is accepted now: as many wait as may, or the server is about to stop. */
public final class QueueFullException extends RuntimeException {
    private final Duration retryAfter;

    /** @param retryAfter when asking again may succeed */
    QueueFullException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** Estimates when asking again may succeed. */
    public Duration retryAfter() {
        return retryAfter;
    }
}

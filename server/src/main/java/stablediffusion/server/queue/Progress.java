package stablediffusion.server.queue;

import stablediffusion.model.pipeline.Phase;

import java.time.Duration;
import java.util.Optional;

/**
 * Tells how far a job is.
 *
 * @param version grows with every change
 * @param position in the order in which waiting jobs will begin, from 1; 0 if it has begun
 * @param finished number of pictures that are finished
 * @param total number of pictures
 * @param phase what is being done; empty while it waits
 * @param step denoising steps of the present picture that are done
 * @param steps denoising steps of the present picture; 0 before the first is done
 * @param fraction of the whole job that is done, 0 to 1
 * @param running time since it began; zero while it waits
 */
public record Progress(
        long version,
        State state,
        int position,
        int finished,
        int total,
        Optional<Phase> phase,
        int step,
        int steps,
        double fraction,
        Duration running,
        Optional<Preview> preview) {

    /** Tells where a job is. */
    public enum State {
        WAITING,
        RUNNING,
        /** All pictures were finished, or those up to an interruption. */
        DONE,
        FAILED,
        CANCELLED;

        /** Returns whether the job has ended. */
        public boolean ended() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }

    /** Estimates the time to the end; empty as long as nothing is known. */
    public Optional<Duration> left() {
        return fraction > 0 && state == State.RUNNING
                ? Optional.of(Duration.ofNanos((long) (running.toNanos() * (1 - fraction) / fraction)))
                : Optional.empty();
    }
}

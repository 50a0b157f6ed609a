package stablediffusion.server.queue;

import stablediffusion.GeneratedImage;

import java.time.Duration;

/** Follows what engines do, for statistics. Called on the threads of the engines. */
public interface QueueObserver {
    /** Does nothing. */
    QueueObserver NONE = new QueueObserver() {};

    /** Called when a job begins after it has waited. */
    default void began(Duration waited) {}

    /** Called for each finished picture. */
    default void finished(GeneratedImage image) {}

    /** Called when a job has ended. */
    default void ended(Progress.State state) {}
}

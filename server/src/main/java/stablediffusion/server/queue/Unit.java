package stablediffusion.server.queue;

import stablediffusion.GenerationRequest;

import java.time.Duration;
import java.util.Optional;

/**
 * Describes pictures of a job that are painted together.
 *
 * @param offset of the first of them in the job
 * @param waited how long the job has waited, if these are its first
 */
record Unit(Job job, int offset, int count, Optional<Duration> waited) {

    GenerationRequest first() {
        GenerationRequest request = job.request().first();
        return offset == 0 ? request : request.withSeed(request.seed() + offset);
    }
}

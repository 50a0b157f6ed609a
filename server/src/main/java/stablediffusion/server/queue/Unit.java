package stablediffusion.server.queue;

import stablediffusion.GenerationRequest;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Describes pictures of a job that are painted in one turn.
 *
 * @param offset of the first of them in the job
 * @param waited how long the job has waited, if these are its first
 */
record Unit(Job job, int offset, int count, Optional<Duration> waited) {

    /**
     * Returns the requests of the pictures.
     *
     * @param from number of the first of them in this unit
     */
    List<GenerationRequest> requests(int from) {
        GenerationRequest first = job.request().first();
        return IntStream.range(offset + from, offset + count)
                .mapToObj(index -> index == 0 ? first : first.withSeed(first.seed() + index))
                .toList();
    }
}

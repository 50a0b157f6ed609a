package stablediffusion.server.queue;

import stablediffusion.GenerationRequest;

/**
 * Describes what a client asks for: pictures that differ in their seeds.
 *
 * @param client pictures of different clients take turns
 * @param model name of the model
 * @param first request of the first picture; each further one has the next seed
 * @param count number of pictures, at least 1
 */
public record JobRequest(String client, String model, GenerationRequest first, int count) {
    public JobRequest {
        if (count < 1) {
            throw new IllegalArgumentException(count + " pictures");
        }
    }
}

package stablediffusion.model.pipeline;

import stablediffusion.model.InvalidRequestException;

import java.util.Optional;

/**
 * Holds how much memory a pipeline may use.
 *
 * @param most bytes for the weights and activations of all networks that are held at a time; empty: as much as they take. The program
 *     itself and the finished pictures are not counted.
 * @param tiles whether the VAE runs in tiles even if it fits as a whole
 * @param keeps whether networks are kept for the next picture; otherwise each is dropped as soon as a picture needs it no more
 */
public record MemoryUse(Optional<Long> most, boolean tiles, boolean keeps) {
    public static final MemoryUse UNLIMITED = new MemoryUse(Optional.empty(), false, true);

    public MemoryUse {
        if (most.isPresent() && most.get() <= 0) {
            throw new InvalidRequestException("a memory limit of " + most.get() + " bytes leaves no room");
        }
    }

    boolean allows(long bytes) {
        return most.isEmpty() || bytes <= most.get();
    }
}

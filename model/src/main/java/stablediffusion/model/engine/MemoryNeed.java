package stablediffusion.model.engine;

/**
 * Holds how much of a device's memory a network takes, known before anything is allocated. Small things that hold no weights and no
 * activations, like compiled code, are not counted.
 *
 * @param weights in bytes
 * @param activations everything else that is held while it runs, in bytes
 */
public record MemoryNeed(long weights, long activations) {
    public long total() {
        return weights + activations;
    }
}

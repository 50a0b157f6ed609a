package stablediffusion.model.engine;

/**
 * What a network takes of a device's memory, known before anything is allocated. Small things that hold no weights and no
 * activations, like compiled code, are not in it.
 *
 * @param weights in bytes
 * @param activations all that is held while it runs, in bytes
 */
public record MemoryNeed(long weights, long activations) {
    public long total() {
        return weights + activations;
    }
}

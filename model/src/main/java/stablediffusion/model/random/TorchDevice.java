package stablediffusion.model.random;

/** Whose random numbers: PyTorch draws others on a CPU than on a GPU from the same seed. */
public enum TorchDevice {
    CPU,
    CUDA;

    /** A stream as it is after {@code torch.manual_seed(seed)}. */
    public NormalGenerator generator(long seed) {
        return switch (this) {
            case CPU -> new TorchCpuGenerator(seed);
            case CUDA -> new TorchCudaGenerator(seed);
        };
    }
}

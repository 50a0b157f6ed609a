package stablediffusion.model.random;

/** Selects the random numbers: PyTorch draws others on a CPU than on a GPU from the same seed. */
public enum Rng {
    CPU("CPU"),
    /** Those of an NVIDIA GPU, whatever they are computed on. */
    CUDA("NV");

    private final String webUiName;

    Rng(String webUiName) {
        this.webUiName = webUiName;
    }

    /** Returns a stream as it is after {@code torch.manual_seed(seed)}. */
    public NormalGenerator generator(long seed) {
        return switch (this) {
            case CPU -> new TorchCpuGenerator(seed);
            case CUDA -> new TorchCudaGenerator(seed);
        };
    }

    /** Returns its name in the AUTOMATIC1111 web UI, as parameters of pictures have it. */
    public String webUiName() {
        return webUiName;
    }
}

package stablediffusion.peers;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;

/** Compares the four networks, at the depth of Stable Diffusion v1 and a tenth of its width, with the CPU engine. */
class NetworksTest {
    /** Relative to the largest output: roundings of 6e-8, and of angles at 3e-5, through some hundred layers that may amplify them. */
    private static final double TOLERANCE = 1e-4;

    private final Configuration narrow = Configuration.narrow();

    @ParameterizedTest
    @ValueSource(strings = {PyTorchEngineProvider.BACKEND, OnnxRuntimeEngineProvider.BACKEND})
    void clip(String backend) {
        CpuAgreement.check(backend, ClipTextEncoder.graph(narrow.text(), 2), TOLERANCE);
    }

    /** Runs on a latent whose size is not divisible by two at every level. */
    @ParameterizedTest
    @ValueSource(strings = {PyTorchEngineProvider.BACKEND, OnnxRuntimeEngineProvider.BACKEND})
    void unet(String backend) {
        CpuAgreement.check(backend, Unet.graph(narrow.unet(), 2, 18, 13, 77), TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {PyTorchEngineProvider.BACKEND, OnnxRuntimeEngineProvider.BACKEND})
    void vaeDecoder(String backend) {
        CpuAgreement.check(backend, Vae.decoder(narrow.vae(), 1, 8, 12), TOLERANCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {PyTorchEngineProvider.BACKEND, OnnxRuntimeEngineProvider.BACKEND})
    void vaeEncoder(String backend) {
        CpuAgreement.check(backend, Vae.encoder(narrow.vae(), 1, 64, 96), TOLERANCE);
    }
}

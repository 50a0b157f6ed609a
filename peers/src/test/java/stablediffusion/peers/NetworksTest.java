package stablediffusion.peers;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;

/** Compares the four networks, at the depth of Stable Diffusion v1 and a tenth of its width, with the CPU engine. */
class NetworksTest {
    /** Relative to the largest output: roundings of 6e-8, and of angles at 3e-5, through some hundred layers that may amplify them. */
    private static final double TOLERANCE = 1e-4;
    /** Roundings of 4e-3 through as many layers; those of the CPU engine in bf16 add up to 1.5e-2. */
    private static final double BF16_TOLERANCE = 4e-2;

    private final Configuration narrow = Configuration.narrow();

    @ParameterizedTest
    @ValueSource(strings = {"pytorch@f32", "pytorch@bf16", "onnxruntime@f32"})
    void clip(String backend) {
        check(backend, ClipTextEncoder.graph(narrow.text(), 2));
    }

    /** Runs on a latent whose size is not divisible by two at every level. */
    @ParameterizedTest
    @ValueSource(strings = {"pytorch@f32", "pytorch@bf16", "onnxruntime@f32"})
    void unet(String backend) {
        check(backend, Unet.graph(narrow.unet(), 2, 18, 13, 77));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch@f32", "pytorch@bf16", "onnxruntime@f32"})
    void vaeDecoder(String backend) {
        check(backend, Vae.decoder(narrow.vae(), 1, 8, 12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch@f32", "pytorch@bf16", "onnxruntime@f32"})
    void vaeEncoder(String backend) {
        check(backend, Vae.encoder(narrow.vae(), 1, 64, 96));
    }

    private static void check(String backend, Graph graph) {
        int at = backend.indexOf('@');
        boolean bf16 = backend.endsWith("@bf16");
        Precision precision = bf16 ? Precision.BF16 : Precision.F32;
        CpuAgreement.check(backend.substring(0, at), precision, graph, bf16 ? BF16_TOLERANCE : TOLERANCE);
    }
}

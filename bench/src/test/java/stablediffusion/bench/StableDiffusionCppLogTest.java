package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class StableDiffusionCppLogTest {
    /** What version master-827-97d2990 wrote for three steps of 128x128 pixels with an f32 checkpoint; most lines are left out. */
    static final String LOG = resource("sd-cli.log");

    private static final double ROUNDING = 1e-9;

    private final StableDiffusionCppLog log = new StableDiffusionCppLog(LOG);

    private static String resource(String name) {
        try (var stream = StableDiffusionCppLogTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It says 5.71 s for the prompt, 64.28 s for the steps and 12.74 s for the decoder, with 3.04, 18.84 and 1.02 s of loading in them. */
    @Test
    void loadingIsAPhaseOfItsOwn() {
        Map<String, Double> phases = log.phases(85.25);
        assertEquals(
                List.of("loading the networks", "reading the prompt", "denoising", "decoding the picture",
                        "the rest: start-up, writing the picture"),
                List.copyOf(phases.keySet()));
        assertArrayEquals(new double[] {22.91, 2.67, 45.44, 11.72, 2.51}, values(phases), ROUNDING);
    }

    /** Earlier versions load everything first. */
    @Test
    void whatIsLoadedBeforeThePictureBeginsIsInNoOtherPhase() {
        String early = """
                [INFO ] model.cpp:1 - loading tensors completed, taking 2.50s (process: 0.01s)
                [INFO ] stable-diffusion.cpp:1 - generate_image 512x512
                [INFO ] stable-diffusion.cpp:2 - get_learned_condition completed, taking 1.00s
                [INFO ] stable-diffusion.cpp:3 - sampling completed, taking 8.00s
                [INFO ] stable-diffusion.cpp:4 - decode_first_stage completed, taking 3.00s
                """;
        assertArrayEquals(new double[] {2.5, 1, 8, 3, 0.5}, values(new StableDiffusionCppLog(early).phases(15)), ROUNDING);
    }

    private static double[] values(Map<String, Double> phases) {
        return phases.values().stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Test
    void aMissingTimeIsNamed() {
        StableDiffusionCppLog other = new StableDiffusionCppLog(LOG.replace("sampling completed", "sampling done"));
        UserException unknown = assertThrows(UserException.class, () -> other.phases(100));
        assertEquals("this version of stable-diffusion.cpp writes no time for denoising", unknown.getMessage());
    }

    @Test
    void saysHowItWasBuilt() {
        assertEquals("SSE3, SSSE3, AVX, AVX2, F16C, FMA, BMI2, AVX512, AVX512_VBMI, AVX512_VNNI, AVX512_BF16, OPENMP, REPACK", log.build());
        assertEquals("NEON, SVE_CNT = 16", new StableDiffusionCppLog("System Info: \n NEON = 1 | SVE = 0 | SVE_CNT = 16 |").build());
        for (String nothing : List.of("", "System Info: ", "System Info: \nnothing")) {
            assertEquals("unknown", new StableDiffusionCppLog(nothing).build());
        }
    }

    @Test
    void saysWhatTheWeightsAre() {
        assertEquals("f32: 1131", log.weights());
        String mixed = "[INFO ] stable-diffusion.cpp:9  - Weight type stat:          f16: 686  | f32: 12 \n";
        assertEquals("f16: 686, f32: 12", new StableDiffusionCppLog(mixed).weights());
        assertEquals("unknown", new StableDiffusionCppLog("").weights());
    }

    /** In one line, without what a terminal acts on. */
    @Test
    void givesTheReasonOfAFailure() {
        String failed = "[ERROR] model.cpp:1 - first\n[ERROR] stable-diffusion.cpp:905  - no version in '\u001b]0;x'\n[INFO ] failed\n\n";
        assertEquals("no version in '\\u001b]0;x'", new StableDiffusionCppLog(failed).reason());
        assertEquals("Illegal instruction", new StableDiffusionCppLog("begins\nIllegal instruction\n\n").reason());
        assertEquals("it wrote nothing", new StableDiffusionCppLog("").reason());
    }
}

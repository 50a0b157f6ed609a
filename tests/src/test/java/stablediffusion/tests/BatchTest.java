package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.PipelineResult;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares pictures of the bundled model that are made together with the same ones made one by one. */
class BatchTest {
    private static final int COUNT = 3;
    private static final int EDGE = 64;
    private static final long SEED = 7;

    /**
     * Relative to the largest value. A matrix product with more rows may be computed by another kernel, which sums in another order; steps
     * magnify that a little. Measured on one processor: 0 with guidance and 8e-7 without it, where a picture alone is a batch of one.
     */
    private static final double LATENT_TOLERANCE = 1e-4;
    /** In dB; a difference of 1 in every 16th value is 60 dB. */
    private static final double PICTURE_PSNR = 60;

    @TempDir
    private static Path folder;

    private static Engine engine;
    private static ModelDirectory model;
    /** Two pipelines keep their UNets; one would load it again for each other size of the batch. */
    private static Pipeline together;

    private static Pipeline alone;

    @BeforeAll
    static void open() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        together = new Pipeline(model.configuration(), model, engine);
        alone = new Pipeline(model.configuration(), model, engine);
    }

    @AfterAll
    static void close() {
        together.close();
        alone.close();
        engine.close();
    }

    static List<String> samplers() {
        return Samplers.names();
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void everySampler(String name) {
        compare(request -> request.sampler(Samplers.find(name).create()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"plms", "euler_a"})
    void inpainting(String name) {
        byte[] rgb = new byte[3 * EDGE * EDGE];
        Arrays.fill(rgb, (byte) 0x60);
        float[] repaint = new float[EDGE * EDGE];
        for (int i = 0; i < repaint.length; i++) {
            repaint[i] = i % EDGE < EDGE / 2 ? 1 : 0;
        }
        Source source = new Source(new Picture(EDGE, EDGE, rgb), 0.8, Optional.of(new Mask(EDGE, EDGE, repaint)));
        compare(request -> request.sampler(Samplers.find(name).create()).source(source));
    }

    @Test
    void withoutGuidance() {
        compare(request -> request.guidanceScale(1));
    }

    private static void compare(UnaryOperator<Request.Builder> settings) {
        List<PipelineResult> results = together.generate(request(settings, 0), COUNT, PipelineListener.NONE);
        assertEquals(COUNT, results.size());
        for (int i = 0; i < COUNT; i++) {
            PipelineResult expected = alone.generate(request(settings, i), PipelineListener.NONE);
            PipelineResult result = results.get(i);
            OutputAssertions.assertClose(expected.latent().values(), result.latent().values(), LATENT_TOLERANCE, "latent " + i);
            double psnr = expected.picture().psnr(result.picture());
            assertTrue(psnr >= PICTURE_PSNR, () -> "PSNR is " + psnr + " dB");
        }
    }

    private static Request request(UnaryOperator<Request.Builder> settings, int index) {
        Request.Builder builder = Request.builder("a red circle on a blue background")
                .promptStyle(PromptStyle.LITERAL)
                .size(EDGE, EDGE)
                .steps(5)
                .guidanceScale(5)
                .seed(SEED + index);
        return settings.apply(builder).build();
    }
}

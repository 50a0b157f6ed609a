package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Vae;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.tiles.TiledExecutable;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Compares the VAE of the bundled model in tiles with the same in one piece. */
class TilesTest {
    /** The PSNR in dB above which nobody sees a difference. Rounding to fp16 between stages, by 2⁻¹¹ at most, leaves some 65 dB. */
    private static final double INVISIBLE = 45;
    /** The largest difference of a pixel, of 255 levels. A seam of many levels at a few pixels may not show in a mean over all of them. */
    private static final int LARGEST_DIFFERENCE = 4;
    /** Relative to the root mean square: a few roundings by 2⁻¹¹. */
    private static final double ENCODER_TOLERANCE = 2e-3;

    @TempDir
    private static Path folder;

    private static Engine engine;
    private static ModelDirectory model;
    private static Configuration.Vae vae;
    private static Tensor latent;

    @BeforeAll
    static void paint() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        vae = model.configuration().vae();
        Request request = Request.builder("red mountains under a blue sky")
                .promptStyle(PromptStyle.LITERAL)
                .size(208, 152)
                .sampler(Samplers.find("dpm++2m").create())
                .schedule(Schedule.KARRAS)
                .steps(8)
                .guidanceScale(5)
                .seed(1)
                .build();
        try (Pipeline pipeline = new Pipeline(model.configuration(), model, engine)) {
            Tensor painted = pipeline.generate(request, PipelineListener.NONE).latent();
            float[] values = painted.values().clone();
            for (int i = 0; i < values.length; i++) {
                values[i] /= Vae.LATENT_SCALE;
            }
            latent = new Tensor(painted.shape(), values);
        }
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void decodedTilesHaveNoSeam() {
        Picture whole = decode(engine, Optional.empty());
        // Three by two tiles at full size, the last ones shifted to the edge.
        Picture tiled = decode(engine, Optional.of(96));
        assertInvisible(whole, tiled);
    }

    @Test
    void tilesInBfloat16Too() {
        try (Engine bfloat16 = Engines.open(Engines.CPU, EngineSettings.DEFAULT)) {
            assumeTrue(bfloat16.precision() == Precision.BF16, "no bf16 on this processor");
            assertInvisible(decode(bfloat16, Optional.empty()), decode(bfloat16, Optional.of(96)));
        }
    }

    @Test
    void encodedTilesGiveTheSameLatent() {
        Tensor pixels = decode(engine, Optional.empty()).toTensor();
        Graph encoder = Vae.encoder(vae, 1, pixels.shape().height(), pixels.shape().width());
        Tensor expected;
        try (Executable whole = engine.compile(encoder, model)) {
            expected = whole.run(Map.of(Vae.PIXELS, pixels));
        }
        Tensor tiled = new TiledExecutable(encoder, model, engine, 96).run(Map.of(Vae.PIXELS, pixels));
        assertEquals(expected.shape(), tiled.shape());
        double squares = 0;
        double errors = 0;
        for (int i = 0; i < expected.values().length; i++) {
            squares += Math.pow(expected.values()[i], 2);
            errors += Math.pow(expected.values()[i] - tiled.values()[i], 2);
        }
        double error = Math.sqrt(errors / squares);
        assertTrue(error <= ENCODER_TOLERANCE, () -> "relative error " + error);
    }

    @Test
    void takesNoMoreThanItSays() {
        Graph decoder = decoder();
        MemoryNeed need = new TiledExecutable(decoder, model, engine, 32).memory();
        assertTrue(need.total() < engine.memory(decoder).total() / 2, () -> need + " of " + engine.memory(decoder));

        CountingEngine counting = new CountingEngine(engine);
        new TiledExecutable(decoder, model, counting, 96).run(Map.of(Vae.LATENT, latent));
        assertEquals(0, counting.held(), "all networks are closed");
        long most = new TiledExecutable(decoder, model, engine, 96).memory().total();
        assertTrue(counting.most() <= most, () -> counting.most() + " bytes of " + most);
    }

    private static Graph decoder() {
        Shape shape = latent.shape();
        return Vae.decoder(vae, 1, shape.height(), shape.width());
    }

    private static Picture decode(Engine engine, Optional<Integer> edge) {
        try (Executable decoder = edge.isPresent()
                ? new TiledExecutable(decoder(), model, engine, edge.get())
                : engine.compile(decoder(), model)) {
            return Picture.fromTensor(decoder.run(Map.of(Vae.LATENT, latent)), 0);
        }
    }

    private static void assertInvisible(Picture whole, Picture tiled) {
        double psnr = whole.psnr(tiled);
        assertTrue(psnr >= INVISIBLE, () -> "PSNR is " + psnr + " dB");
        int largest = 0;
        for (int i = 0; i < whole.rgb().length; i++) {
            largest = Math.max(largest, Math.abs((whole.rgb()[i] & 0xFF) - (tiled.rgb()[i] & 0xFF)));
        }
        assertTrue(largest <= LARGEST_DIFFERENCE, "a pixel differs by " + largest + " levels");
    }
}

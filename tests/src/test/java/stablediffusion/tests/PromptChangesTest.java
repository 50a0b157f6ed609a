package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Compares runs of the bundled model whose prompt changes with runs of its texts alone: until a change, they are equal to the bit. */
@TestInstance(Lifecycle.PER_CLASS)
class PromptChangesTest {
    private static final int STEPS = 5;

    private Engine engine;
    private Pipeline pipeline;

    @BeforeAll
    void open(@TempDir Path folder) {
        ModelDirectory model = TinyShapes.convert(folder);
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT);
        pipeline = new Pipeline(model.configuration(), model, engine);
    }

    @AfterAll
    void close() {
        pipeline.close();
        engine.close();
    }

    /** Returns the predictions of all steps. */
    private List<Tensor> steps(String prompt, String negativePrompt, String sampler) {
        List<Tensor> steps = new ArrayList<>();
        Request request = Request.builder(prompt)
                .negativePrompt(negativePrompt)
                .sampler(Samplers.find(sampler).create())
                .size(64, 64)
                .steps(STEPS)
                .build();
        pipeline.generate(request, new PipelineListener() {
            @Override
            public void step(int step, int count, Tensor denoised) {
                steps.add(denoised);
            }
        });
        return steps;
    }

    private static int equalSteps(List<Tensor> some, List<Tensor> others) {
        int equal = 0;
        while (equal < STEPS && Arrays.equals(some.get(equal).values(), others.get(equal).values())) {
            equal++;
        }
        return equal;
    }

    /** The web UI counts steps from 0 and goes on after the number of the change: the first text is read in one step more. */
    @Test
    void theFirstTextIsReadUntilTheChange() {
        List<Tensor> star = steps("a star", "", "euler");
        assertEquals(3, equalSteps(star, steps("a [star:circle:2]", "", "euler")));
        assertEquals(3, equalSteps(star, steps("a [star:circle:0.5]", "", "euler")));
        assertEquals(STEPS, equalSteps(star, steps("a [star:circle:4]", "", "euler")));
        assertEquals(STEPS, equalSteps(star, steps("a [circle:star:0]", "", "euler")));
        assertEquals(2, equalSteps(star, steps("a [star|circle]", "", "euler")));
        assertEquals(STEPS, equalSteps(star, steps("a [star|star]", "", "euler")));
    }

    @Test
    void samplersThatCallTheUnetTwiceReadTheSameTextInAStep() {
        assertEquals(3, equalSteps(steps("a star", "", "heun"), steps("a [star:circle:2]", "", "heun")));
    }

    @Test
    void negativePromptsChangeToo() {
        assertEquals(3, equalSteps(steps("a star", "blue", "euler"), steps("a star", "[blue:red:2]", "euler")));
        assertEquals(STEPS, equalSteps(steps("a star", "red", "euler"), steps("a star", "[blue:red:0]", "euler")));
    }

    /** Texts of one and of two chunks become contexts of one size. */
    @Test
    void textsMayDifferInTheirNumberOfChunks() {
        String twoChunks = "red BREAK blue";
        assertEquals(3, equalSteps(steps("a star", twoChunks, "euler"), steps("a [star:circle BREAK red:2]", twoChunks, "euler")));
        assertEquals(STEPS, steps("a [star:circle BREAK red:2]", "", "euler").size());
    }
}

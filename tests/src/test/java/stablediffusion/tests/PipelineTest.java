package stablediffusion.tests;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checks what a pipeline refuses. */
class PipelineTest {
    @TempDir
    private Path folder;

    /** A LoRA in a prompt that is not merged into the weights would have no effect. */
    @Test
    void aLoraThatIsNotMergedIsAnError() {
        ModelDirectory model = TinyShapes.convert(folder);
        Request request = Request.builder("a star <lora:armour:0.8>").size(64, 64).steps(1).build();
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT);
                Pipeline pipeline = new Pipeline(model.configuration(), model, engine)) {
            UserException refused = assertThrows(UserException.class, () -> pipeline.generate(request, PipelineListener.NONE));
            assertTrue(refused.getMessage().contains("armour"), refused.getMessage());
        }
    }
}

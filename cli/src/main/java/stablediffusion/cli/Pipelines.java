package stablediffusion.cli;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.pipeline.MemoryUse;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.text.Prompt;

import java.util.List;
import java.util.Optional;

/** The pipeline for the LoRAs that a prompt asks for. The last one is kept: prompts in a row mostly ask for the same. */
final class Pipelines implements AutoCloseable {
    private final AdaptedModel model;
    private final Engine engine;
    private final MemoryUse memory;
    private Optional<Open> last = Optional.empty();

    private record Open(List<Prompt.Lora> loras, Pipeline pipeline) {}

    Pipelines(AdaptedModel model, Engine engine, MemoryUse memory) {
        this.model = model;
        this.engine = engine;
        this.memory = memory;
    }

    /** Good until it is called again or closed. */
    Pipeline of(Request request) {
        List<Prompt.Lora> loras = request.promptStyle().read(request.prompt(), model.tokenizer()).loras();
        if (last.isEmpty() || !last.get().loras().equals(loras)) {
            close();
            last = Optional.of(new Open(
                    loras, new Pipeline(model.configuration(), model.weights(loras), engine, model.tokenizer(), memory)));
        }
        return last.get().pipeline();
    }

    @Override
    public void close() {
        last.ifPresent(open -> open.pipeline().close());
        last = Optional.empty();
    }
}

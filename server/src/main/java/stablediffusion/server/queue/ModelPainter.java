package stablediffusion.server.queue;

import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Paints with the library. */
public record ModelPainter(StableDiffusion stableDiffusion) implements Painter {

    @Override
    public GenerationRequest prepare(GenerationRequest request) {
        return stableDiffusion.prepare(request);
    }

    @Override
    public Object batchKey(GenerationRequest prepared) {
        return stableDiffusion.batchKey(prepared);
    }

    @Override
    public void warmUp(BooleanSupplier cancelled) {
        stableDiffusion.generate(GenerationRequest.prompt("").sampler("euler").steps(1).build(), new GenerationListener() {
            @Override
            public boolean cancelled() {
                return cancelled.getAsBoolean();
            }
        });
    }

    @Override
    public void paint(List<GenerationRequest> requests, GenerationListener listener) {
        stableDiffusion.generateTogether(requests, listener);
    }

    @Override
    public String engine() {
        return stableDiffusion.engine();
    }

    @Override
    public void close() {
        stableDiffusion.close();
    }
}

package stablediffusion.cli;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Phase;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.Progress;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes a preview every few steps, beside where the picture goes. Decodes the denoised latent with the VAE: a linear guess at colours would
 * be quicker, but holds for one set of weights only.
 */
record Previews(int every, Progress shown, Pipeline pipeline, Path file) implements Progress {

    /** @param steps from one to the next; empty: none are written */
    static Progress every(Optional<Integer> steps, Progress shown, Pipeline pipeline, Path file) {
        return steps.<Progress>map(every -> new Previews(every, shown, pipeline, file)).orElse(shown);
    }

    @Override
    public void phase(Phase phase) {
        shown.phase(phase);
    }

    @Override
    public void note(String message) {
        shown.note(message);
    }

    @Override
    public void step(int step, int steps, Tensor denoised) {
        shown.step(step, steps, denoised);
        if (step % every == 0 && step < steps) {
            Path preview = OutputNames.numbered(file, String.format(Locale.ROOT, "-step%03d", step));
            PictureFile.write(pipeline.decode(denoised, notes()), "", preview);
        }
    }

    /** Of a preview nothing is shown but what the user should know. */
    private Progress notes() {
        return new Progress() {
            @Override
            public void note(String message) {
                shown.note(message);
            }
        };
    }

    @Override
    public boolean cancelled() {
        return shown.cancelled();
    }
}

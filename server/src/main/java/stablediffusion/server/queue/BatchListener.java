package stablediffusion.server.queue;

import stablediffusion.GeneratedImage;
import stablediffusion.GenerationListener;
import stablediffusion.model.pipeline.Phase;

import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;

/** Follows pictures that are painted together, and tells each job what concerns its own. For one thread. */
final class BatchListener implements GenerationListener {
    private final List<Job.Listener> parts;
    /** The part that each picture belongs to. */
    private final List<Job.Listener> owners;
    private int finished;

    private BatchListener(List<Job.Listener> parts, List<Job.Listener> owners) {
        this.parts = parts;
        this.owners = owners;
    }

    /** @param parts what follows the pictures of each job, in their order */
    static GenerationListener of(List<Job.Listener> parts) {
        return new BatchListener(parts,
                parts.stream().flatMap(part -> Collections.nCopies(part.unfinished().size(), part).stream()).toList());
    }

    @Override
    public void phase(Phase phase) {
        parts.forEach(part -> part.phase(phase));
    }

    @Override
    public void note(String message) {
        parts.forEach(part -> part.note(message));
    }

    @Override
    public void note(int image, String message) {
        owners.get(image).note(message);
    }

    @Override
    public void step(Step step) {
        parts.forEach(part -> part.step(new PartOfStep(step, owners.indexOf(part), Collections.frequency(owners, part))));
    }

    @Override
    public void finished(GeneratedImage image) {
        owners.get(finished++).finished(image);
    }

    /** The others' pictures go on if one is cancelled: they are computed together. */
    @Override
    public boolean cancelled() {
        return parts.stream().allMatch(Job.Listener::cancelled);
    }

    private record PartOfStep(Step whole, int offset, int images) implements Step {
        @Override
        public int number() {
            return whole.number();
        }

        @Override
        public int count() {
            return whole.count();
        }

        @Override
        public BufferedImage preview(int image) {
            return whole.preview(offset + image);
        }
    }
}

package stablediffusion.model.pipeline;

import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;

import java.util.Map;
import java.util.function.Supplier;

/** Runs a network as a whole, and in tiles once the device reports, at compiling or at a run, that it has too little memory for the whole. */
final class WholeOrTiles implements Executable {
    private final Supplier<Executable> tiles;
    private final Runnable note;
    private Executable current;
    private boolean tiled;

    /**
     * Compiles the network.
     *
     * @param whole compiles the network as a whole
     * @param tiles makes the network in tiles
     * @param note reports that tiles are used
     */
    WholeOrTiles(Supplier<Executable> whole, Supplier<Executable> tiles, Runnable note) {
        this.tiles = tiles;
        this.note = note;
        try {
            current = whole.get();
        } catch (DeviceMemoryException e) {
            useTiles();
        }
    }

    @Override
    public Tensor run(Map<String, Tensor> inputs) {
        try {
            return current.run(inputs);
        } catch (DeviceMemoryException e) {
            if (tiled) {
                throw e;
            }
            current.close();
            useTiles();
            return current.run(inputs);
        }
    }

    private void useTiles() {
        current = tiles.get();
        tiled = true;
        note.run();
    }

    @Override
    public void close() {
        current.close();
    }
}

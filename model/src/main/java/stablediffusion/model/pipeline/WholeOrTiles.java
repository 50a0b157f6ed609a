package stablediffusion.model.pipeline;

import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;

import java.util.Map;
import java.util.function.Supplier;

/** A network that goes over to tiles when the device has too little memory for the whole, which it may say only when it runs. */
final class WholeOrTiles implements Executable {
    private final Supplier<Executable> tiles;
    private final Runnable note;
    private Executable current;
    private boolean tiled;

    /**
     * @param whole compiles the network
     * @param note says that tiles are used
     */
    WholeOrTiles(Supplier<Executable> whole, Supplier<Executable> tiles, Runnable note) {
        this.tiles = tiles;
        this.note = note;
        try {
            current = whole.get();
        } catch (DeviceMemoryException e) {
            goOver();
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
            goOver();
            return current.run(inputs);
        }
    }

    private void goOver() {
        current = tiles.get();
        tiled = true;
        note.run();
    }

    @Override
    public void close() {
        current.close();
    }
}

package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;

import java.util.ArrayList;
import java.util.List;

/** Memory that steps use one after the other, each for itself: as large as the largest wish. */
final class SharedMemory {
    private final OneDnn oneDnn;
    private final List<memory> users = new ArrayList<>();
    private long size;

    SharedMemory(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** A memory without storage until {@link #allocate}. */
    memory reserve(memory.desc desc) {
        memory user = oneDnn.view(desc, 0);
        users.add(user);
        size = Math.max(size, desc.get_size());
        return user;
    }

    /** To be called once, when all have said what they want. */
    void allocate() {
        if (size > 0) {
            memory storage = oneDnn.allocate(OneDnn.dense(memory.data_type.u8.intern(), size));
            users.forEach(user -> user.set_data_handle(storage.get_data_handle()));
        }
    }
}

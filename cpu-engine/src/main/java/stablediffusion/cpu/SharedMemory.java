package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;

import java.util.ArrayList;
import java.util.List;

/** Holds memory that steps use one after the other, as large as the largest of them needs. */
final class SharedMemory {
    private final OneDnn oneDnn;
    private final List<memory> users = new ArrayList<>();
    private long size;

    SharedMemory(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** Returns a memory that has no storage until {@link #allocate} is called. */
    memory reserve(memory.desc desc) {
        memory user = oneDnn.view(desc, 0);
        users.add(user);
        size = Math.max(size, desc.get_size());
        return user;
    }

    /** Allocates the storage. To be called once, after the last call of {@link #reserve}. */
    void allocate() {
        if (size > 0) {
            memory storage = oneDnn.allocate(OneDnn.dense(memory.data_type.u8.intern(), size));
            users.forEach(user -> user.set_data_handle(storage.get_data_handle()));
        }
    }
}

// A map that its copies share until one of them writes, so that copying costs a pointer however large it is: a module's
// constants are the same before and after almost every step.
//
// Reading is as in std::map, by const iterators; writing first makes the map this copy's own. Like all values, one copy
// belongs to one thread while it is written.
#pragma once

#include <map>
#include <memory>
#include <utility>

namespace strata {

template<class Key, class Value>
class SharedMap {
public:
    using Map = std::map<Key, Value>;
    using const_iterator = typename Map::const_iterator;

    SharedMap()
        : m_map(std::make_shared<Map>())
    {
    }
    SharedMap(Map map)
        : m_map(std::make_shared<Map>(std::move(map)))
    {
    }

    const_iterator begin() const { return m_map->cbegin(); }
    const_iterator end() const { return m_map->cend(); }
    template<class K>
    const_iterator find(const K& key) const
    {
        return std::as_const(*m_map).find(key);
    }
    std::size_t count(const Key& key) const { return m_map->count(key); }
    const Value& at(const Key& key) const { return m_map->at(key); }
    std::size_t size() const { return m_map->size(); }
    bool empty() const { return m_map->empty(); }
    // Whether both are one map, not only equal.
    bool shares(const SharedMap& other) const { return m_map == other.m_map; }

    // This copy's own map, to be written.
    Map& write()
    {
        if (m_map.use_count() > 1)
            m_map = std::make_shared<Map>(*m_map);
        return *m_map;
    }
    Value& operator[](const Key& key) { return write()[key]; }
    Value& operator[](Key&& key) { return write()[std::move(key)]; }
    std::size_t erase(const Key& key) { return m_map->count(key) ? write().erase(key) : 0; }
    template<class... Arguments>
    auto emplace(Arguments&&... arguments)
    {
        return write().emplace(std::forward<Arguments>(arguments)...);
    }

private:
    std::shared_ptr<Map> m_map;
};

}  // namespace strata
